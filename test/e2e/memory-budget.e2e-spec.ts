import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvaluation } from '../support/evaluation.js';
import { RunningService } from '../support/service.js';

/**
 * Keys and values of a page of the demo model take 128 KiB, so that there are eight pages. A short sentence with
 * five beams wants three, one for its source and two for its nodes.
 */
const BUDGET = { KEY_VALUE_BYTES: '1MiB', APP_WORKERS: '1', BEAM_SIZE: '5' };
/** The histogram's bucket that holds the rows of two sentences, and not those of four. */
const BUCKET_OF_TWO = 16;

const SHORT = ['Where is the station?', 'I am well.', 'The train is late.', 'It is raining today.'];
const MANY = Array.from({ length: 24 }, (_, index) => SHORT[index % SHORT.length] ?? '');

/** One sentence of so many words that it alone needs more than the budget. */
const LONG = readEvaluation('en-de')
  .slice(0, 12)
  .map(({ source }) => source.replace(/[.!?]+$/, ''))
  .join(', and ');

describe('a service with hardly any memory for keys and values', () => {
  let service: RunningService;
  let roomy: RunningService;
  beforeAll(async () => {
    service = await RunningService.start(BUDGET);
    roomy = await RunningService.start({ APP_WORKERS: '1' });
  });
  afterAll(() => Promise.all([service, roomy].map((started) => started.stop())));

  /** Steps so far with so many rows or fewer. */
  const stepsUpTo = async (rows: number | '+Inf', { url }: RunningService): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const bucket = `translation_batch_rows_bucket{le="${rows}"}`;
    const sample = text.split('\n').find((line) => line.startsWith(`${bucket} `));
    return Number(sample?.slice(bucket.length));
  };

  it('lets what does not fit wait, and translates it as one with plenty does', async () => {
    expect(await service.translate('en', 'de', MANY)).toEqual(
      await roomy.translate('en', 'de', MANY),
    );
    const steps = await stepsUpTo('+Inf', service);
    expect(steps).toBeGreaterThan(0);
    expect(await stepsUpTo(BUCKET_OF_TWO, service)).toBe(steps);
    expect(await stepsUpTo(BUCKET_OF_TWO, roomy)).toBeLessThan(await stepsUpTo('+Inf', roomy));
  });

  it('decodes a sentence that can never fit by itself, and all that wait behind it', async () => {
    const texts = [...SHORT, LONG, ...SHORT];
    const translated = await service.translate('en', 'de', texts);
    expect(translated).toEqual(await roomy.translate('en', 'de', texts));
    expect(translated[SHORT.length]?.text.length).toBeGreaterThan(LONG.length / 4);
  });
});
