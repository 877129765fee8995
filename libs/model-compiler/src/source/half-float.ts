import { assertInvariant } from '#libs/domain';

/** Widens IEEE 754 binary16 bits to float32, exactly. */
export function widenFloat16(bits: Uint16Array, values: Float32Array): void {
  assertInvariant(bits.length <= values.length, 'the float16 values do not fit');
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i] ?? 0;
    const sign = (half & 0x8000) << 16;
    if ((half & 0x7c00) === 0x7c00) {
      words[i] = sign | 0x7f800000 | ((half & 0x3ff) << 13);
    } else {
      // Exponent and mantissa moved into place are the value over 2^112, subnormals included.
      words[i] = sign | ((half & 0x7fff) << 13);
      values[i] = (values[i] ?? 0) * 2 ** 112;
    }
  }
}

/** Widens bfloat16 bits (the upper half of a float32) to float32, exactly. */
export function widenBfloat16(bits: Uint16Array, values: Float32Array): void {
  assertInvariant(bits.length <= values.length, 'the bfloat16 values do not fit');
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] ?? 0) << 16;
}
