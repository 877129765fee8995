export { referenceSearch, type ReferenceHypothesis } from './reference-search.js';
export { noiseTable, type NextTokenTable, ScriptedModel } from './scripted-model.js';
export { randomInteger, seededRandom } from './seeded-random.js';
