export { planted } from '../../page/src/service.js';
