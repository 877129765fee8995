import { of } from 'rxjs';
export const planted = of;
