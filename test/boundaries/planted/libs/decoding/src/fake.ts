import { fake } from '../../testing/src/index.js';
export { fake };
