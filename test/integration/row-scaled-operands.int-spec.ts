import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, it } from 'vitest';
import type { Checkpoint } from '../../libs/model-compiler/src/checkpoint.js';
import { GraphBuilder } from '../../libs/model-compiler/src/graphs/graph-builder.js';
import { RowScaledArithmetic } from '../../libs/model-compiler/src/graphs/row-scaled-arithmetic.js';
import { encodeModel } from '../../libs/model-compiler/src/onnx/onnx-model.js';

const SIZE = 24;
const SIGNED_LEVELS = 127;
const RECTIFIED_LEVELS = 255;

let session: InferenceSession;

/** A graph that quantises rows as the two kinds of operands, and widens the codes again. */
beforeAll(async () => {
  const graph = new GraphBuilder('operands');
  const rows = graph.input('rows', 'float32', ['R', SIZE]);
  const shape = { modelDim: SIZE, feedForwardDim: SIZE };
  const noWeights = undefined as never;
  const rowVector = graph.node('ReduceMax', [rows, graph.integers([1])], {
    attributes: { keepdims: 0 },
  });
  const arithmetic = new RowScaledArithmetic(graph, noWeights, { shape } as Checkpoint, rowVector);
  for (const kind of ['operand', 'rectifiedOperand'] as const) {
    const { values, quantization } = arithmetic[kind](rows);
    const zeroPoint = graph.scalar(kind === 'operand' ? 128 : 0);
    const codes = graph.node('Sub', [
      graph.node('Cast', [values], { attributes: { to: 1 } }),
      zeroPoint,
    ]);
    graph.node('Mul', [codes, quantization?.rowScale ?? ''], { output: kind });
    graph.output(kind, 'float32', ['R', SIZE]);
  }
  session = await InferenceSession.create(encodeModel(graph.build()), { logSeverityLevel: 3 });
});

async function widened(rows: readonly number[][]): Promise<Record<string, Float32Array>> {
  const data = Float32Array.from(rows.flat());
  const outputs = await session.run({ rows: new Tensor('float32', data, [rows.length, SIZE]) });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data: values }]) => [name, values as Float32Array]),
  );
}

const numbers = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), {
  minLength: SIZE,
  maxLength: SIZE,
});
const rows = fc.array(fc.oneof(numbers, fc.constant(Array<number>(SIZE).fill(0))), {
  minLength: 1,
  maxLength: 5,
});

it('stand for their rows to half of a level, rows of zeros included', () =>
  fc.assert(
    fc.asyncProperty(rows, async (sample) => {
      const { operand, rectifiedOperand } = await widened(sample);
      sample.forEach((row, r) => {
        const most = (values: readonly number[]): number => Math.max(0, ...values);
        const signedStep = most(row.map(Math.abs)) / SIGNED_LEVELS;
        const rectifiedStep = most(row) / RECTIFIED_LEVELS;
        row.forEach((value, i) => {
          const at = r * SIZE + i;
          expect(Math.abs((operand?.[at] ?? NaN) - value)).toBeLessThanOrEqual(0.501 * signedStep);
          const rectified = Math.abs((rectifiedOperand?.[at] ?? NaN) - Math.max(0, value));
          expect(rectified).toBeLessThanOrEqual(0.501 * rectifiedStep + 1e-11);
        });
      });
    }),
  ));
