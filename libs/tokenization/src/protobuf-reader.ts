import type { OperatorError } from '#libs/domain';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Pulls the fields of one protobuf message, one after the other, in the order of the bytes. Every length is
 * checked against what is left, so nothing is allocated or read beyond the message.
 *
 * Source: protobuf's encoding guide (wire types 0, 1, 2 and 5; groups are refused).
 */
export class ProtobufReader {
  readonly #view: DataView;
  #position = 0;
  #field = 0;
  #wireType = VARINT;

  /** `fault` makes the error of a broken message; the reader throws it. */
  constructor(
    private readonly message: Uint8Array,
    private readonly fault: (what: string) => OperatorError,
  ) {
    this.#view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  }

  /** Number of the next field, or undefined at the end. Its payload is then read or skipped. */
  next(): number | undefined {
    if (this.#position === this.message.length) return undefined;
    const key = this.#readVarint();
    this.#field = Math.floor(key / 8);
    this.#wireType = key % 8;
    if (this.#field < 1) throw this.fault(`field number 0 at byte ${this.#position - 1}`);
    return this.#field;
  }

  /** The payload as a view into the message. */
  bytes(): Uint8Array {
    this.#expect(BYTES);
    const length = this.#readVarint();
    return this.#take(length);
  }

  /** The payload as a number; exact up to 2**53. */
  varint(): number {
    this.#expect(VARINT);
    return this.#readVarint();
  }

  float(): number {
    this.#expect(FIXED32);
    const start = this.#position;
    this.#take(4);
    return this.#view.getFloat32(start, true);
  }

  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.#readVarint();
        return;
      case FIXED64:
        this.#take(8);
        return;
      case BYTES:
        this.#take(this.#readVarint());
        return;
      case FIXED32:
        this.#take(4);
        return;
      default:
        throw this.fault(`field ${this.#field} has the unknown wire type ${this.#wireType}`);
    }
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw this.fault(
        `field ${this.#field} has wire type ${this.#wireType} where ${wireType} belongs`,
      );
    }
  }

  #take(length: number): Uint8Array {
    const left = this.message.length - this.#position;
    if (length > left) {
      throw this.fault(`field ${this.#field} needs ${length} bytes and ${left} are left`);
    }
    this.#position += length;
    return this.message.subarray(this.#position - length, this.#position);
  }

  #readVarint(): number {
    let value = 0;
    // 64 bits in groups of seven: ten bytes at most.
    for (let group = 0; group < 10; group++) {
      const byte = this.message[this.#position];
      if (byte === undefined) throw this.fault('it ends inside a number');
      this.#position++;
      value += (byte & 0x7f) * 2 ** (7 * group);
      if (byte < 0x80) return value;
    }
    throw this.fault(`a number of more than ten bytes at byte ${this.#position - 10}`);
  }
}
