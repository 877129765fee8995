import type {
  EncodedSources,
  EncoderBatch,
  ModelFacts,
  ModelPort,
  PagedAttention,
  StepBatch,
  StepOutput,
} from '#libs/decoding';
import { assertInvariant, PAGE_PLACES } from '#libs/domain';
import { seededRandom } from './seeded-random.js';

/** The next token's log-probabilities `[vocabulary]`, float32, after a target, for a source. */
export type NextTokenTable = (source: readonly number[], target: readonly number[]) => Float32Array;

/** A token and its position. */
const HEAD_SIZE = 2;

/**
 * A model that looks its log-probabilities up in a table. Keys and values of a token are the token itself
 * and its position, so a table is asked for exactly what attention can see: the source that the mask shows,
 * and the nodes that the tree shows. A node in the wrong place, a stale slot or a wrong mask changes the
 * answer.
 */
export class ScriptedModel implements ModelPort {
  readonly facts: ModelFacts;
  readonly threads = 1;
  steps = 0;

  constructor(
    private readonly table: NextTokenTable,
    vocabularySize: number,
    /** Added to a row's log-probabilities to make its logits. */
    private readonly logNormalizer = 0,
  ) {
    this.facts = {
      heads: 1,
      headSize: HEAD_SIZE,
      decoderLayers: 1,
      vocabularySize,
      maxPositions: 512,
      endTokenId: 2,
      decoderStartTokenId: 2,
    };
  }

  encode({ pageRows, positions, tokenIds }: EncoderBatch): Promise<EncodedSources> {
    const keys = new Float32Array(pageRows.length * HEAD_SIZE);
    const values = new Float32Array(keys.length);
    pageRows.forEach((row, place) => {
      const content = [tokenIds[row]!, positions[row]!];
      const page = Math.floor(place / PAGE_PLACES);
      for (const [i, number] of content.entries()) {
        keys[(page * HEAD_SIZE + i) * PAGE_PLACES + (place % PAGE_PLACES)] = number;
        values[place * HEAD_SIZE + i] = number;
      }
    });
    return Promise.resolve([keys, values]);
  }

  step(batch: StepBatch): Promise<StepOutput> {
    this.steps++;
    const { candidateRows, candidateCount, wantsProbabilities, tokenIds, positions } = batch;
    const answers = candidateRows.length * candidateCount;
    const nodes = Float32Array.from(
      Array.from(tokenIds).flatMap((tokenId, row) => [tokenId, positions[row]!]),
    );
    const output = {
      candidateCount,
      logProbabilities: new Float32Array(answers),
      tokenIds: new Int32Array(answers),
      logNormalizers: new Float32Array(candidateRows.length),
      newKeyValues: [nodes, nodes],
    };
    if (wantsProbabilities) output.logNormalizers.fill(this.logNormalizer);
    const added = wantsProbabilities ? 0 : this.logNormalizer;
    candidateRows.forEach((row, candidateRow) => {
      const table = this.#tableOf(batch, row);
      const best = Array.from(table.keys()).sort((a, b) => table[b]! - table[a]! || a - b);
      for (let k = 0; k < candidateCount; k++) {
        const at = candidateRow * candidateCount + k;
        output.tokenIds[at] = best[k]!;
        output.logProbabilities[at] = table[best[k]!]! + added;
      }
    });
    return Promise.resolve(output);
  }

  #tableOf(batch: StepBatch, row: number): Float32Array {
    const { tree, nodes, sourceMask, sources, querySlots } = batch;
    const slot = batch.rowSlots[row]!;
    const path = visiblePlaces(nodes, tree, slot).map((place) => tokenAt(batch, nodes, row, place));
    const source = visiblePlaces(sources, sourceMask, Math.floor(slot / querySlots)).map((place) =>
      tokenAt(batch, sources, row, place),
    );
    return this.table(inOrder(source), [...inOrder(path), batch.tokenIds[row]!]);
  }
}

/** The places of a sentence that row `row` of a mask `[…, places]` shows. */
function visiblePlaces(
  { pagesPerSentence }: PagedAttention,
  mask: Float32Array,
  row: number,
): number[] {
  const places = pagesPerSentence * PAGE_PLACES;
  return Array.from({ length: places }, (_, place) => place).filter(
    (place) => mask[row * places + place] === 0,
  );
}

interface SeenToken {
  readonly tokenId: number;
  readonly position: number;
}

/** What is at a place of the row's sentence: found on every way that the graph takes, which must all agree. */
function tokenAt(
  { querySlots, rowSlots, slotRows }: StepBatch,
  { scorePages, rowPages, queries, weightPages, pagesPerSentence, keyValues }: PagedAttention,
  row: number,
  place: number,
): SeenToken {
  const index = Math.floor(place / PAGE_PLACES);
  const weight = rowSlots[row]! * pagesPerSentence + index;
  const score = scorePages[weight]!;
  assertInvariant(rowPages[index * rowSlots.length + row] === score, 'weighs another page');
  assertInvariant(weightPages[score] === weight, 'the page takes other weights');
  assertInvariant(queries[score] === slotRows[rowSlots[row]!], 'the page meets another query');
  const at = (Math.floor(score / querySlots) * PAGE_PLACES + (place % PAGE_PLACES)) * HEAD_SIZE;
  const values = keyValues[1]!;
  return { tokenId: values[at]!, position: values[at + 1]! };
}

function inOrder(seen: readonly SeenToken[]): number[] {
  return seen.toSorted((a, b) => a.position - b.position).map(({ tokenId }) => tokenId);
}

/**
 * A table of noise that depends on every token of the source and of the target, with an end token that gets
 * likelier as the target grows.
 */
export function noiseTable(
  vocabularySize: number,
  endTokenId: number,
  sharpness = 2,
): NextTokenTable {
  return (source, target) => {
    let seed = 17;
    for (const token of [...source, -1, ...target]) seed = (Math.imul(seed, 31) + token + 7) >>> 0;
    const random = seededRandom(seed);
    const logits = Array.from({ length: vocabularySize }, () => sharpness * random());
    logits[endTokenId] = (logits[endTokenId] ?? 0) + target.length * 0.15 - 1;
    const logZ = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return Float32Array.from(logits, (logit) => logit - logZ);
  };
}
