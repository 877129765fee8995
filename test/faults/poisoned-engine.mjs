import { setTimeout } from 'node:timers';

// Preloaded (`NODE_OPTIONS=--import …`) into the processes of a service: an engine that gets a sentence with
// the token POISON_TOKEN_ID aborts in its first steps, as a bug in native code would.
const poison = Number(process.env.POISON_TOKEN_ID);
const FIRST_STEPS_MS = 1;

if (process.argv[1]?.endsWith('engine.process.js')) {
  // Not before the engine listens itself: commands that come earlier would be heard here alone.
  process.on('newListener', (event) => {
    if (event === 'message') process.nextTick(addPoison);
  });
}

let isPoisonous = false;

function addPoison() {
  if (isPoisonous) return;
  isPoisonous = true;
  process.on('message', ({ kind, requests }) => {
    if (kind !== 'submit') return;
    if (requests.some(({ sourceTokenIds }) => sourceTokenIds.includes(poison)))
      setTimeout(() => process.abort(), FIRST_STEPS_MS);
  });
}
