import { OperatorError } from '#libs/domain';

/**
 * Longest key in UTF-8 bytes and longest replacement in bytes; nmt_nfkc's are below 40. They bound what a
 * broken or hostile table can cost for one character of text.
 */
const MAX_KEY_BYTES = 128;
const MAX_REPLACEMENT_BYTES = 256;

/** What one rule says: the text from where it was asked for up to `end` becomes `replacement`. */
export interface CharsmapMatch {
  /** UTF-16 index after the last character replaced. */
  readonly end: number;
  readonly replacement: string;
}

/**
 * The replacement rules that a SentencePiece model carries: a double array over UTF-8 bytes.
 *
 * A unit is a uint32: bits 0-7 and 31 its label, bit 8 whether a key ends here, bits 10-30 (shifted left by 8
 * where bit 9 is set) the distance to its children; a unit with bit 31 set is a leaf and holds the byte
 * offset of its replacement. The child for byte b of the unit at i is at `i ^ distance(i) ^ b`.
 *
 * Source: google/sentencepiece, `src/normalizer.cc` and `third_party/darts_clone/darts.h`.
 */
export class Charsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Buffer;

  /** `blob` as in `NormalizerSpec`; `file` names the model in errors. */
  constructor(blob: Uint8Array, file: string) {
    if (blob.length === 0) {
      this.#units = new Uint32Array();
      this.#replacements = Buffer.alloc(0);
      return;
    }
    const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    const trieBytes = blob.length < 4 ? 0 : view.getUint32(0, true);
    if (trieBytes === 0 || trieBytes % 4 !== 0 || trieBytes > blob.length - 4) {
      throw brokenCharsmap(file, `a trie of ${trieBytes} bytes in ${blob.length} bytes`);
    }
    this.#units = new Uint32Array(trieBytes / 4);
    for (let i = 0; i < this.#units.length; i++) this.#units[i] = view.getUint32(4 + 4 * i, true);
    this.#replacements = Buffer.from(blob.subarray(4 + trieBytes));
    this.#checkReplacements(file);
  }

  /** The rule with the longest key that the text has at `start`, or undefined. */
  longestMatch(text: string, start: number): CharsmapMatch | undefined {
    const units = this.#units;
    if (units.length === 0) return undefined;
    let node = childrenOf(units, 0);
    let position = start;
    let keyBytes = 0;
    let matchEnd = 0;
    let matchLeaf = 0;
    while (position < text.length) {
      const codePoint = text.codePointAt(position) ?? 0;
      const byteCount = utf8ByteCount(codePoint);
      keyBytes += byteCount;
      if (keyBytes > MAX_KEY_BYTES) break;
      let endsKey = false;
      for (let byteIndex = 0; byteIndex < byteCount; byteIndex++) {
        const byte = utf8Byte(codePoint, byteIndex, byteCount);
        const child = node ^ byte;
        const unit = units[child];
        // Also where a broken table points outside itself: then there is no such key.
        if (unit === undefined || (unit & 0x800000ff) !== byte)
          return this.#match(matchEnd, matchLeaf);
        node = child ^ childDistance(unit);
        endsKey = (unit & 0x100) !== 0;
      }
      position += codePoint > 0xffff ? 2 : 1;
      const leaf = endsKey ? units[node] : undefined;
      if (leaf !== undefined && leaf >= 0x80000000) {
        matchEnd = position;
        matchLeaf = leaf;
      }
    }
    return this.#match(matchEnd, matchLeaf);
  }

  #match(end: number, leaf: number): CharsmapMatch | undefined {
    if (end === 0) return undefined;
    const offset = leaf & 0x7fffffff;
    const replacementEnd = this.#replacements.indexOf(0, offset);
    return { end, replacement: this.#replacements.toString('utf8', offset, replacementEnd) };
  }

  #checkReplacements(file: string): void {
    const replacements = this.#replacements;
    let start = 0;
    while (start < replacements.length) {
      const end = replacements.indexOf(0, start);
      if (end < 0) throw brokenCharsmap(file, 'its last replacement has no end');
      if (end - start > MAX_REPLACEMENT_BYTES) {
        throw brokenCharsmap(
          file,
          `a replacement of ${end - start} bytes (at most ${MAX_REPLACEMENT_BYTES})`,
        );
      }
      start = end + 1;
    }
    for (const unit of this.#units) {
      const offset = unit & 0x7fffffff;
      if (unit >= 0x80000000 && offset >= replacements.length) {
        throw brokenCharsmap(
          file,
          `a rule points at byte ${offset} of ${replacements.length} bytes of replacements`,
        );
      }
    }
  }
}

function brokenCharsmap(file: string, what: string): OperatorError {
  return new OperatorError(
    `${file} is not a usable SentencePiece model: its precompiled_charsmap has ${what}. ` +
      'Copy it again from the checkpoint.',
  );
}

function childrenOf(units: Uint32Array, node: number): number {
  return node ^ childDistance(units[node] ?? 0);
}

function childDistance(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function utf8ByteCount(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

function utf8Byte(codePoint: number, byteIndex: number, byteCount: number): number {
  if (byteCount === 1) return codePoint;
  const bits = codePoint >> (6 * (byteCount - 1 - byteIndex));
  return byteIndex > 0 ? 0x80 | (bits & 0x3f) : ((0xf00 >> byteCount) & 0xff) | bits;
}
