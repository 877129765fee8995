import {
  DecodeLoop,
  type FinishedSequence,
  type ModelPort,
  type PolicyLimits,
} from '#libs/decoding';
import {
  judgeSelfTest,
  type Manifest,
  selfTestRequest,
  type SelfTestResult,
} from '#libs/prepared-model';

/**
 * A sentence through the whole model: it warms up, and shows whether this model on this machine computes what
 * its source weights say.
 */
export async function runSelfTest(
  port: ModelPort,
  { selfTest, precision }: Pick<Manifest, 'selfTest' | 'precision'>,
  limits: PolicyLimits,
): Promise<SelfTestResult> {
  const loop = new DecodeLoop(port, limits, () => performance.now());
  loop.submit({ id: 0, ...selfTestRequest(selfTest) });
  const finished: FinishedSequence[] = [];
  for (let turn = await loop.turn(); turn !== undefined; turn = await loop.turn())
    finished.push(...turn);
  return judgeSelfTest(selfTest, precision, finished[0]?.hypotheses ?? []);
}
