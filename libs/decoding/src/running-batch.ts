import { assertInvariant, PAGE_PLACES } from '#libs/domain';
import {
  type EncodedSources,
  MASKED,
  type ModelFacts,
  type StepBatch,
  type StepOutput,
} from './model-port.js';
import { PageStore, type PageTable } from './page-store.js';
import { layOutPages } from './paged-attention.js';
import type { QuerySlots } from './query-slots.js';
import type { Sequence } from './sequence.js';
import { SourceAttention } from './source-attention.js';

/** A sentence in the batch, and where its keys and values are. */
interface Member {
  readonly sequence: Sequence;
  readonly nodes: PageTable;
  readonly sources: PageTable;
}

/**
 * The sentences that decode together, and their keys and values. They may be at different steps and have
 * different beam sizes; greedy ones are by themselves. Sentences join and leave between steps; none of that
 * changes what another sentence sees.
 */
export class RunningBatch {
  #members: Member[] = [];
  readonly #nodes: PageStore;
  readonly #sources: PageStore;

  constructor(
    private readonly facts: ModelFacts,
    private readonly minQuerySlots: number,
  ) {
    const shape = {
      tensors: 2 * facts.decoderLayers,
      heads: facts.heads,
      headSize: facts.headSize,
    };
    this.#nodes = new PageStore(shape);
    this.#sources = new PageStore(shape);
  }

  get sequences(): readonly Sequence[] {
    return this.#members.map(({ sequence }) => sequence);
  }

  get rows(): number {
    return this.#members.reduce((sum, { sequence }) => sum + sequence.search.beams.length, 0);
  }

  /** Takes a sentence in, with what the encoder made of it, from `firstPage` on. */
  join(sequence: Sequence, encoded: EncodedSources, firstPage: number): void {
    const member = { sequence, nodes: { pages: [] }, sources: { pages: [] } };
    this.#sources.grow(member.sources, sequence.sourcePages);
    this.#sources.writePages(member.sources, encoded, firstPage);
    this.#members.push(member);
  }

  /** Lets go of every sentence that `shouldLeave` names. */
  release(shouldLeave: (sequence: Sequence) => boolean): Sequence[] {
    const released = this.#members.filter(({ sequence }) => shouldLeave(sequence));
    if (released.length === 0) return [];
    this.#members = this.#members.filter((member) => !released.includes(member));
    this.#nodes.release(released.map(({ nodes }) => nodes));
    this.#sources.release(released.map(({ sources }) => sources));
    return released.map(({ sequence }) => sequence);
  }

  /** Lays out the next step. */
  layOut(): StepBatch {
    this.#makeRoom();
    const slots = this.#querySlots();
    const nodeTables = this.#members.map((member) => member.nodes);
    const sourceTables = this.#members.map((member) => member.sources);
    const nodes = layOutPages(this.#nodes, nodeTables, slots);
    const sources = layOutPages(this.#sources, sourceTables, slots);
    const beams = this.#members.flatMap(({ sequence: { search } }) =>
      search.beams.map(({ tokenId }) => ({ tokenId, position: search.length - 1 })),
    );
    return {
      ...slots,
      tokenIds: Int32Array.from(beams, ({ tokenId }) => tokenId),
      positions: Int32Array.from(beams, ({ position }) => position),
      nodes,
      tree: this.#tree(slots, nodes.pagesPerSentence * PAGE_PLACES),
      sources,
      sourceMask: this.#sourceMask(sources.pagesPerSentence * PAGE_PLACES),
      candidateRows: this.#candidateRows(),
      candidateCount: this.#candidateCount(),
      wantsProbabilities: this.#members.some(({ sequence }) => !sequence.isGreedy),
      wantsSourceAttention: this.#members.some(({ sequence }) => sequence.wantsAlignment),
    };
  }

  /** Takes in what came out of the step that was laid out: new nodes into the pages, new beams into the searches. */
  absorb(output: StepOutput, batch: StepBatch): void {
    const attention = SourceAttention.of(output, batch);
    const rowCount = this.rows;
    assertInvariant(
      output.logNormalizers.length === batch.candidateRows.length,
      'a step of another number of rows',
    );
    const tables: PageTable[] = [];
    const places = new Int32Array(rowCount);
    let candidateRow = 0;
    for (const [sentence, { sequence, nodes }] of this.#members.entries()) {
      const attended = sequence.wantsAlignment ? attention?.rowsOf(sentence, sequence) : undefined;
      const { wantsCandidates, beams } = sequence.search;
      const added = sequence.search.advance(output, candidateRow, attended);
      if (wantsCandidates) candidateRow += beams.length;
      places.set(added, tables.length);
      added.forEach(() => tables.push(nodes));
    }
    this.#nodes.writeRows(output.newKeyValues, tables, places);
  }

  #makeRoom(): void {
    for (const { sequence, nodes } of this.#members) {
      sequence.makeRoom();
      this.#nodes.grow(nodes, sequence.nodePages);
    }
  }

  #querySlots(): QuerySlots {
    const beamCounts = this.#members.map(({ sequence }) => sequence.search.beams.length);
    const sentences = beamCounts.length;
    const querySlots = Math.max(this.minQuerySlots, ...beamCounts);
    const slotRows = new Int32Array(sentences * querySlots);
    const rowSlots = new Int32Array(this.rows);
    let row = 0;
    beamCounts.forEach((count, sentence) => {
      for (let index = 0; index < count; index++, row++) {
        const slot = sentence * querySlots + index;
        rowSlots[row] = slot;
        slotRows[slot] = row;
      }
    });
    return { sentences, querySlots, heads: this.facts.heads, slotRows, rowSlots };
  }

  /** `[sentences, querySlots, places]`. */
  #tree({ sentences, querySlots }: QuerySlots, places: number): Float32Array {
    const tree = new Float32Array(sentences * querySlots * places).fill(MASKED);
    this.#members.forEach(({ sequence: { search } }, sentence) => {
      search.beams.forEach((beam, index) => {
        const first = (sentence * querySlots + index) * places;
        search.tree.forEachAncestor(beam.parent, (node) => (tree[first + node] = 0));
      });
    });
    return tree;
  }

  /** `[sentences, places]`. */
  #sourceMask(places: number): Float32Array {
    const mask = new Float32Array(this.#members.length * places).fill(MASKED);
    this.#members.forEach(({ sequence: { sourceLength } }, sentence) =>
      mask.fill(0, sentence * places, sentence * places + sourceLength),
    );
    return mask;
  }

  /** The rows of the searches that want candidates. The model has to have one: where nobody wants any, the first. */
  #candidateRows(): Int32Array {
    const rows: number[] = [];
    let row = 0;
    for (const { search } of this.sequences)
      for (let beam = 0; beam < search.beams.length; beam++, row++)
        if (search.wantsCandidates) rows.push(row);
    return Int32Array.from(rows.length === 0 ? [0] : rows);
  }

  #candidateCount(): number {
    const wanted = this.sequences.map(({ search }) => search.candidateCount);
    return Math.min(this.facts.vocabularySize, Math.max(1, ...wanted));
  }
}
