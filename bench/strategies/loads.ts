export { type LoadName, loadNames } from '../../src/config/bench-loads.js';
