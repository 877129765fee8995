import { planted } from '../../../apps/api/src/app.js';
export { planted };
