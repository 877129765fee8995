import { POSITION_OFFSET } from '#libs/prepared-model';

/**
 * The sinusoidal position table, `[maxPositions + 2, modelDim]` float32: each row all sines, then all
 * cosines, the frequencies falling from 1 to 1/10000. Row 1, the padding's, is zero; a sequence begins at
 * row 2.
 *
 * Source: transformers 4.57.6, `M2M100SinusoidalPositionalEmbedding.get_embedding`.
 */
export function positionTable(maxPositions: number, modelDim: number): Float32Array {
  const rows = maxPositions + POSITION_OFFSET;
  const half = modelDim / 2;
  const table = new Float32Array(rows * modelDim);
  const step = Math.fround(Math.log(10_000) / (half - 1));
  for (let i = 0; i < half; i++) {
    // Rounded to float32 where torch rounds: the angle of a high row shows the difference.
    const frequency = Math.fround(Math.exp(Math.fround(i * -step)));
    for (let row = 0; row < rows; row++) {
      const angle = Math.fround(row * frequency);
      table[row * modelDim + i] = Math.sin(angle);
      table[row * modelDim + half + i] = Math.cos(angle);
    }
  }
  table.fill(0, modelDim, 2 * modelDim);
  return table;
}
