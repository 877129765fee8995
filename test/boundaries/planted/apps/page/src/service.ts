export { planted } from '../../api/src/app.js';
