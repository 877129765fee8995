import { planted } from '../../decoding/src/nest.js';
export { planted };
