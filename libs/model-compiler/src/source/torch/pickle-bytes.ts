import type { OperatorError } from '#libs/domain';

const MAX_TEXT_BYTES = 4096;
/** Numbers beyond this have no use in a state dict. */
const MAX_INTEGER_BYTES = 8;

const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** Pulls the arguments of pickle instructions, little-endian, and never past the end. */
export class PickleBytes {
  readonly #view: DataView;
  #position = 0;

  /** `fault` makes the error of a broken pickle; the reader throws it. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly fault: (what: string) => OperatorError,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A two's complement number of so many bytes, rounded beyond 2**53. */
  long(bytes: number): number {
    if (bytes > MAX_INTEGER_BYTES)
      throw this.fault(`a number takes ${bytes} bytes; at most ${MAX_INTEGER_BYTES} are expected`);
    const begin = this.#advance(bytes);
    let value = 0n;
    for (let at = begin + bytes - 1; at >= begin; at--)
      value = (value << 8n) | BigInt(this.#view.getUint8(at));
    return Number(BigInt.asIntN(8 * bytes, value));
  }

  text(bytes: number): string {
    if (bytes > MAX_TEXT_BYTES)
      throw this.fault(`a text takes ${bytes} bytes; at most ${MAX_TEXT_BYTES} are expected`);
    const begin = this.#advance(bytes);
    try {
      return textDecoder.decode(this.bytes.subarray(begin, begin + bytes));
    } catch {
      throw this.fault('a text is not UTF-8');
    }
  }

  /** A text up to the end of its line. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw this.fault('it ends inside a name');
    const line = this.text(end - this.#position);
    this.#advance(1);
    return line;
  }

  skip(bytes: number): void {
    this.#advance(bytes);
  }

  #advance(bytes: number): number {
    const begin = this.#position;
    if (bytes > this.bytes.length - begin)
      throw this.fault(`it ends at byte ${this.bytes.length}, inside an instruction`);
    this.#position += bytes;
    return begin;
  }
}
