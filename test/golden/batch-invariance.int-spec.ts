import { beforeAll, describe, expect, it } from 'vitest';
import { DecodeLoop, type SequenceRequest } from '#libs/decoding';
import type { Hypothesis } from '#libs/domain';
import { defaultEngineLimits, OnnxModel, packGraphs } from '#libs/inference';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { M2M100Tokenizer } from '#libs/tokenization';
import { toGenerationOptions } from '../support/engine.js';
import { DIRECTIONS, readEvaluation } from '../support/evaluation.js';
import { preparedModel } from '../support/prepared-models.js';

const SENTENCES = 200;
const BATCH = 65;
const BEAM_SIZES = [1, 2, 5] as const;

/** Ids, score bits and alignment: what has to be equal. */
function fingerprint({ tokenIds, score, sourceAttention = [] }: Hypothesis): string {
  const bits = new Uint32Array(Float32Array.of(score).buffer)[0];
  return `${tokenIds.join()} ${bits?.toString(16) ?? ''} ${sourceAttention.join(';')}`;
}

/** Runs requests that arrive at the given turns; fingerprints of the best hypotheses by request id. */
async function decode(
  model: OnnxModel,
  requests: readonly SequenceRequest[],
  arrivalTurn: (index: number) => number,
): Promise<Map<number, string>> {
  const loop = new DecodeLoop(model, { ...defaultEngineLimits(BATCH), maxQuantumSteps: 2 }, () =>
    performance.now(),
  );
  const found = new Map<number, string>();
  const arriving = requests.map((request, index) => ({ request, turn: arrivalTurn(index) }));
  for (let turn = 0; found.size < requests.length; turn++) {
    for (const { request } of arriving.filter((arrival) => arrival.turn === turn))
      loop.submit(request);
    for (const { id, hypotheses } of (await loop.turn()) ?? [])
      found.set(id, hypotheses.map(fingerprint).join('|'));
  }
  return found;
}

/** Which sentence to which neighbours, at which step: another one each time. */
function randomCompany(
  requests: readonly SequenceRequest[],
  random: () => number,
): SequenceRequest[] {
  return requests
    .map((request) => ({ request, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ request }) => request);
}

describe('int8 of the demo model', () => {
  let folder: string;
  let model: OnnxModel;
  let requests: SequenceRequest[];
  beforeAll(async () => {
    folder = await preparedModel('demo', 'int8');
    const tokenizer = await M2M100Tokenizer.load(folder);
    model = await OnnxModel.load(folder, { threads: 2 });
    requests = DIRECTIONS.flatMap((direction) => {
      const [from = '', to = ''] = direction.split('-');
      return readEvaluation(direction)
        .slice(0, SENTENCES / DIRECTIONS.length)
        .map(({ source }) => ({
          sourceTokenIds: tokenizer.encode(source, from),
          forcedBosId: tokenizer.languageTokenId(to),
        }));
    }).map((sentence, id) => ({
      ...sentence,
      id,
      wantsAlignment: id % 5 === 0,
      options: toGenerationOptions({
        num_beams: BEAM_SIZES[id % BEAM_SIZES.length] ?? 1,
        max_length: 200,
        early_stopping: true,
      }),
    }));
  });

  it('gives each of 200 sentences the same ids and score bits alone and among 64 others', async () => {
    const alone = new Map<number, string>();
    for (const request of requests)
      for (const [id, result] of await decode(model, [request], () => 0)) alone.set(id, result);
    expect(new Set(alone.values()).size).toBeGreaterThan(0.9 * SENTENCES);
    expect([...alone.values()].filter((result) => result.includes(';'))).toHaveLength(
      SENTENCES / 5,
    );

    const random = seededRandom(20261124);
    for (let admission = 0; admission < 10; admission++) {
      // Other neighbours, other places in the batch, and other steps to join at, each time.
      const shuffled = randomCompany(requests, random);
      for (let start = 0; start < SENTENCES; start += BATCH) {
        const company = shuffled.slice(start, start + BATCH);
        while (company.length < BATCH) company.push(shuffled[company.length]!);
        const turns = company.map(() => randomInteger(random, 0, 3 * admission));
        const together = await decode(model, company, (index) => turns[index]!);
        for (const [id, result] of together) expect(result).toBe(alone.get(id));
      }
    }
  });

  it('gives the same ids and score bits with packed graphs, and with another number of threads', async () => {
    const packedFolder = await packGraphs(folder, {
      info: () => undefined,
      error: () => undefined,
    });
    expect(packedFolder).toBeDefined();
    const company = randomCompany(requests, seededRandom(20261125)).slice(0, BATCH);
    const expected = await decode(model, company, () => 0);
    for (const threads of [1, 2, 3]) {
      const packed = await OnnxModel.load(folder, { packedFolder, threads });
      expect(await decode(packed, company, () => 0)).toEqual(expected);
      await packed.release();
    }
  });
});
