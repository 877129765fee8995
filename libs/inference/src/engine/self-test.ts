import { forceTarget, type ModelPort, type PolicyLimits } from '#libs/decoding';
import {
  judgeSelfTest,
  SELF_TEST_ANSWERS,
  type SelfTest,
  type SelfTestResult,
} from '#libs/prepared-model';

/**
 * A sentence through the whole model: it warms up, and shows whether this model on this machine computes what
 * its source weights say.
 */
export async function runSelfTest(
  port: ModelPort,
  selfTest: SelfTest,
  limits: PolicyLimits,
): Promise<SelfTestResult> {
  const candidateCount = Math.min(SELF_TEST_ANSWERS, port.facts.vocabularySize);
  const target = { ...selfTest, candidateCount };
  return judgeSelfTest(selfTest, await forceTarget(port, target, limits, () => performance.now()));
}
