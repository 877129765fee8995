import type { OperatorError } from '#libs/domain';
import type { WeightFile } from '../weight-file.js';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Bytes of the file that are in memory at a time. */
const WINDOW_BYTES = 64 * 1024;
/** A merged decoder of 24 layers has about a hundred thousand. */
const MAX_FIELDS = 1_000_000;

/** Bytes of the file: `begin` up to, not including, `end`. */
export interface ByteRange {
  readonly begin: number;
  readonly end: number;
}

/** A field of a message. A payload of bytes is only located, not read. */
export interface ProtobufField {
  readonly number: number;
  /** The payload of a number field; exact up to 2**53. */
  readonly varint?: number;
  /** The payload of a text, bytes, message or packed field. */
  readonly payload?: ByteRange;
}

/**
 * Walks the messages of a protobuf file of any length, with a small window of it in memory. Every length is
 * held against the message around it, and the number of fields is bounded.
 *
 * Source: protobuf's encoding guide (wire types 0, 1, 2 and 5; groups are refused).
 */
export class ProtobufFileReader {
  readonly #window = new Uint8Array(WINDOW_BYTES);
  #windowBegin = 0;
  #windowEnd = 0;
  #fields = 0;

  /** `fault` makes the error of a broken message; the reader throws it. */
  constructor(
    private readonly file: WeightFile,
    private readonly fault: (what: string) => OperatorError,
  ) {}

  /** The fields of the message in that range, by default the whole file, in the order of the bytes. */
  async *fields(
    range: ByteRange = { begin: 0, end: this.file.size },
  ): AsyncGenerator<ProtobufField> {
    const cursor = { at: range.begin, end: range.end };
    while (cursor.at < cursor.end) {
      if (++this.#fields > MAX_FIELDS) throw this.fault(`it has more than ${MAX_FIELDS} fields`);
      const key = await this.#varint(cursor);
      const number = Math.floor(key / 8);
      if (number < 1) throw this.fault(`field number 0 before byte ${cursor.at}`);
      yield await this.#field(number, key % 8, cursor);
    }
  }

  /** The numbers of a repeated field: a lone one, or a packed run of at most `most`. */
  async varints({ varint, payload }: ProtobufField, most: number): Promise<number[]> {
    if (payload === undefined) return varint === undefined ? [] : [varint];
    const numbers: number[] = [];
    const cursor = { at: payload.begin, end: payload.end };
    while (cursor.at < cursor.end) {
      if (numbers.length === most) throw this.fault(`a list has more than ${most} numbers`);
      numbers.push(await this.#varint(cursor));
    }
    return numbers;
  }

  /** The payload as text of at most so many bytes. */
  async text({ number, payload }: ProtobufField, maxBytes: number): Promise<string> {
    if (payload === undefined) throw this.fault(`field ${number} is a number where a text belongs`);
    const length = payload.end - payload.begin;
    if (length > maxBytes)
      throw this.fault(`a name takes ${length} bytes; at most ${maxBytes} are expected`);
    await this.#load(payload.begin, length);
    const begin = payload.begin - this.#windowBegin;
    return Buffer.from(this.#window.buffer, begin, length).toString('utf8');
  }

  async #field(number: number, wireType: number, cursor: Cursor): Promise<ProtobufField> {
    switch (wireType) {
      case VARINT:
        return { number, varint: await this.#varint(cursor) };
      case FIXED64:
        this.#take(number, cursor, 8);
        return { number };
      case BYTES:
        return { number, payload: this.#take(number, cursor, await this.#varint(cursor)) };
      case FIXED32:
        this.#take(number, cursor, 4);
        return { number };
      default:
        throw this.fault(`field ${number} has the unknown wire type ${wireType}`);
    }
  }

  #take(number: number, cursor: Cursor, length: number): ByteRange {
    const left = cursor.end - cursor.at;
    if (length > left)
      throw this.fault(`field ${number} needs ${length} bytes and ${left} are left`);
    const begin = cursor.at;
    cursor.at += length;
    return { begin, end: cursor.at };
  }

  async #varint(cursor: Cursor): Promise<number> {
    let value = 0;
    // 64 bits in groups of seven: ten bytes at most.
    for (let group = 0; group < 10; group++) {
      if (cursor.at === cursor.end) throw this.fault('it ends inside a number');
      if (cursor.at < this.#windowBegin || cursor.at >= this.#windowEnd)
        await this.#load(cursor.at, 1);
      const byte = this.#window[cursor.at - this.#windowBegin] ?? 0;
      cursor.at++;
      value += (byte & 0x7f) * 2 ** (7 * group);
      if (byte < 0x80) return value;
    }
    throw this.fault(`a number of more than ten bytes before byte ${cursor.at}`);
  }

  /** Sees to it that so many bytes, which the file has, are in the window. */
  async #load(begin: number, length: number): Promise<void> {
    if (begin >= this.#windowBegin && begin + length <= this.#windowEnd) return;
    const bytes = Math.min(WINDOW_BYTES, this.file.size - begin);
    await this.file.fill(this.#window.subarray(0, bytes), begin);
    this.#windowBegin = begin;
    this.#windowEnd = begin + bytes;
  }
}

interface Cursor {
  at: number;
  readonly end: number;
}
