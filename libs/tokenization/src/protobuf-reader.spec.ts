import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { ProtobufReader } from './protobuf-reader.js';

function readerOf(...bytes: number[]): ProtobufReader {
  return new ProtobufReader(Uint8Array.from(bytes), (what) => new OperatorError(what));
}

describe('ProtobufReader', () => {
  it("reads the encoding guide's examples", () => {
    // protobuf.dev, "Encoding": field 1 = 150; field 2 = "testing".
    const reader = readerOf(0x08, 0x96, 0x01, 0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);
    expect(reader.next()).toBe(1);
    expect(reader.varint()).toBe(150);
    expect(reader.next()).toBe(2);
    expect(Buffer.from(reader.bytes()).toString()).toBe('testing');
    expect(reader.next()).toBeUndefined();
  });

  it('reads floats and passes over fields of every wire type', () => {
    const reader = readerOf(
      ...[0x08, 0xff, 0x01], // 1: a varint
      ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8], // 2: 64 bits
      ...[0x1a, 2, 9, 9], // 3: two bytes
      ...[0x25, 1, 2, 3, 4], // 4: 32 bits
      ...[0x2d, 0, 0, 0x40, 0xc0], // 5: the float -3
    );
    for (const field of [1, 2, 3, 4]) {
      expect(reader.next()).toBe(field);
      reader.skip();
    }
    expect(reader.next()).toBe(5);
    expect(reader.float()).toBe(-3);
    expect(reader.next()).toBeUndefined();
  });

  it.each([
    ['a length beyond the end', [0x0a, 0x05, 1, 2], /field 1 needs 5 bytes and 2 are left/],
    [
      'a length of 2**49',
      [0x0a, ...Array<number>(7).fill(0x80), 0x01],
      /needs 562949953421312 bytes/,
    ],
    ['a number that is cut off', [0x08, 0x80], /ends inside a number/],
    ['a number of eleven bytes', [0x08, ...Array<number>(11).fill(0x80)], /more than ten bytes/],
    ['a group', [0x0b, 0x0c], /wire type 3/],
    ['field number 0', [0x00, 0x01], /field number 0/],
  ])('refuses %s', (_name, bytes, message) => {
    const reader = readerOf(...bytes);
    expect(() => {
      reader.next();
      reader.skip();
    }).toThrow(message);
  });

  it('refuses a payload of another wire type than the one asked for', () => {
    const reader = readerOf(0x08, 0x01);
    reader.next();
    expect(() => reader.bytes()).toThrow(/field 1 has wire type 0 where 2 belongs/);
  });

  it('ends with a value or an OperatorError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const reader = readerOf(...bytes);
        try {
          while (reader.next() !== undefined) reader.skip();
        } catch (error) {
          expect(error).toBeInstanceOf(OperatorError);
        }
      }),
    );
  });
});
