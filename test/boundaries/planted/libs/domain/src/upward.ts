import { planted } from '../../batching/src/app.js';
export { planted };
