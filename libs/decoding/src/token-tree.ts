import { assertInvariant } from '#libs/domain';

/** The parent of a sentence's first token. */
export const ROOT = -1;

/**
 * The tokens that a sentence's beams have fed, as a tree of (token, parent) nodes. A beam is the path from the
 * root to its last node; node n's keys and values lie at place n of the sentence's pages. Beams share their
 * past, so to reorder them moves nothing, and what is dropped leaves a place for a new node.
 */
export class TokenTree {
  #tokenIds = new Int32Array(32);
  #parents = new Int32Array(32);
  /** By node, of sentences whose alignment is wanted. */
  readonly #attended: Uint8Array[] = [];
  /** Nodes below `#end` that were dropped, falling. */
  #free: number[] = [];
  #end = 0;

  get size(): number {
    return this.#end - this.#free.length;
  }

  /** Adds a node and returns its number, the lowest free one. `attended` is what it attended to of the source, for all nodes or for none. */
  append(tokenId: number, parent: number, attended?: Uint8Array): number {
    assertInvariant(parent >= ROOT && parent < this.#end, `node ${parent} is not in the tree`);
    const node = this.#free.pop() ?? this.#end++;
    if (node === this.#tokenIds.length) this.#grow();
    this.#tokenIds[node] = tokenId;
    this.#parents[node] = parent;
    if (attended !== undefined) this.#attended[node] = attended;
    return node;
  }

  /** Calls `visit` with each node from `leaf` up to the root. */
  forEachAncestor(leaf: number, visit: (node: number) => void): void {
    for (let node = leaf; node !== ROOT; node = this.#parents[node] ?? ROOT) visit(node);
  }

  /** The tokens from the root to `leaf`. */
  path(leaf: number): number[] {
    return this.#along(leaf, (node) => this.#tokenIds[node] ?? 0);
  }

  /** What the nodes from the root to `leaf` attended to. */
  attended(leaf: number): Uint8Array[] {
    return this.#along(leaf, (node) => this.#attended[node] ?? new Uint8Array());
  }

  /** Drops the nodes that no leaf reaches. */
  prune(leaves: readonly number[]): void {
    const isReached = new Uint8Array(this.#end);
    for (const leaf of leaves)
      for (
        let node = leaf;
        node !== ROOT && isReached[node] === 0;
        node = this.#parents[node] ?? ROOT
      )
        isReached[node] = 1;
    this.#free = [];
    for (let node = this.#end - 1; node >= 0; node--)
      if (isReached[node] === 0) this.#free.push(node);
  }

  #along<Value>(leaf: number, valueOf: (node: number) => Value): Value[] {
    const reversed: Value[] = [];
    this.forEachAncestor(leaf, (node) => reversed.push(valueOf(node)));
    return reversed.reverse();
  }

  #grow(): void {
    this.#tokenIds = enlarged(this.#tokenIds);
    this.#parents = enlarged(this.#parents);
  }
}

function enlarged(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
