import type { Manifests } from './manifests.js';

/** What may be away at once, and how replicas are spread. */
export function findDisruptionFaults({ deployment, disruptionBudget }: Manifests): string[] {
  const faults: string[] = [];
  const { maxUnavailable, minAvailable } = disruptionBudget?.spec ?? {};
  if (maxUnavailable !== 1 || minAvailable !== undefined)
    faults.push('The PodDisruptionBudget keeps a node with the only replica from being drained.');
  const spread = deployment?.spec?.template.spec?.topologySpreadConstraints ?? [];
  if (!spread.some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname'))
    faults.push('Replicas are not spread over nodes.');
  if (spread.some(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway'))
    faults.push('On one node there can be no second replica.');
  return faults;
}
