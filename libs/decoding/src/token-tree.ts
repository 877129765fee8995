import { assertInvariant } from '#libs/domain';

/** The parent of a sentence's first token. */
export const ROOT = -1;

/**
 * The tokens that a sentence's beams have fed, as a tree of (token, parent) nodes in the order they were
 * fed. A beam is the path from the root to its last node; node n's keys and values lie at place n of the
 * sentence's slot. Beams share their past, so to reorder them moves nothing.
 */
export class TokenTree {
  #tokenIds = new Int32Array(32);
  #parents = new Int32Array(32);
  /** By node, of sentences whose alignment is wanted. */
  #attended: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a node and returns its index. `attended` is what it attended to of the source, for all nodes or for none. */
  append(tokenId: number, parent: number, attended?: Uint8Array): number {
    assertInvariant(parent >= ROOT && parent < this.#size, `node ${parent} is not in the tree`);
    if (this.#size === this.#tokenIds.length) this.#grow();
    this.#tokenIds[this.#size] = tokenId;
    this.#parents[this.#size] = parent;
    if (attended !== undefined) this.#attended[this.#size] = attended;
    return this.#size++;
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

  /**
   * Drops the nodes that no leaf reaches. The others keep their order and move up.
   *
   * @returns `kept`, the old indices of the nodes that are left, rising; `renumbered`, the new index by the old.
   */
  compact(leaves: readonly number[]): { kept: Int32Array; renumbered: Int32Array } {
    const alive = new Uint8Array(this.#size);
    for (const leaf of leaves) {
      for (let node = leaf; node !== ROOT && alive[node] === 0; node = this.#parents[node] ?? ROOT)
        alive[node] = 1;
    }
    const renumbered = new Int32Array(this.#size).fill(ROOT);
    const kept: number[] = [];
    for (let node = 0; node < this.#size; node++) {
      if (alive[node] === 0) continue;
      const index = kept.push(node) - 1;
      renumbered[node] = index;
      const parent = this.#parents[node] ?? ROOT;
      this.#parents[index] = parent === ROOT ? ROOT : (renumbered[parent] ?? ROOT);
      this.#tokenIds[index] = this.#tokenIds[node] ?? 0;
    }
    this.#size = kept.length;
    if (this.#attended.length > 0)
      this.#attended = kept.map((node) => this.#attended[node] ?? new Uint8Array());
    return { kept: Int32Array.from(kept), renumbered };
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
