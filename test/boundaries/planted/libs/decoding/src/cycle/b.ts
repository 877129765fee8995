export { a } from './a.js';
export const b = 1;
