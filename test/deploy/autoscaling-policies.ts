import { readFileSync } from 'node:fs';
import { METRIC_NAMES } from './metric-names.js';
import type { Manifests } from './manifests.js';
import { containersOf, quantity, serverOf } from './pod.js';

const PAGE = new URL('../../docs/deploying.md', import.meta.url);
const TARGET_PERCENT = 80;
const MOST_REPLICAS = 2;

/** Who scales, on what, and whether it can come back. */
export function findAutoscalingFaults(manifests: Manifests): string[] {
  const { autoscaler, deployment, scaledObject } = manifests;
  const faults: string[] = [];
  if (deployment?.spec?.replicas !== undefined)
    faults.push('The Deployment has a number of replicas, which the autoscaler changes.');
  if ((autoscaler === undefined) === (scaledObject === undefined))
    faults.push('There is not exactly one autoscaler.');
  const target = autoscaler?.spec.scaleTargetRef ?? scaledObject?.spec.scaleTargetRef;
  if (target?.name !== deployment?.metadata?.name || target?.kind !== 'Deployment')
    faults.push('The autoscaler scales something else.');
  const { minReplicas, maxReplicas } = autoscaler?.spec ?? {};
  const { minReplicaCount, maxReplicaCount } = scaledObject?.spec ?? {};
  if ((minReplicas ?? minReplicaCount) !== 1 || (maxReplicas ?? maxReplicaCount) !== MOST_REPLICAS)
    faults.push(`There may be from 1 to ${MOST_REPLICAS} replicas.`);
  return [
    ...faults,
    ...findMetricFaults(manifests),
    ...findTriggerFaults(manifests),
    ...findMemoryFaults(manifests),
  ];
}

function findMetricFaults(manifests: Manifests): string[] {
  const { autoscaler, prometheusRules } = manifests;
  if (autoscaler === undefined) return [];
  const rules = prometheusRules.flatMap(({ spec }) => spec.groups ?? []);
  const recorded = rules.flatMap((group) => group.rules?.map(({ record }) => record) ?? []);
  const metrics = autoscaler.spec.metrics ?? [];
  const faults = metrics.flatMap((metric) => {
    if (metric.type === 'Resource')
      return metric.resource?.target.averageUtilization === TARGET_PERCENT
        ? []
        : [`The target of a metric is not ${TARGET_PERCENT} %.`];
    if (metric.type !== 'Pods') return [`There is no type of metric ${metric.type}.`];
    const { metric: wanted, target } = metric.pods ?? {};
    return [
      ...(recorded.includes(wanted?.name) ? [] : [`Nothing records ${String(wanted?.name)}.`]),
      ...(target?.averageValue === String(TARGET_PERCENT) ? [] : ['A target is not 80.']),
    ];
  });
  const resources = metrics.map(({ resource }) => resource?.name);
  for (const name of ['cpu', 'memory'])
    if (!resources.includes(name)) faults.push(`The autoscaler does not look at ${name}.`);
  const hasGpu = serverOf(manifests)?.resources?.limits?.['nvidia.com/gpu'] !== undefined;
  // One that cannot be read keeps the second replica for ever.
  if (metrics.some(({ type }) => type === 'Pods') !== hasGpu)
    faults.push('The autoscaler looks at GPUs exactly where there are some.');
  const unrequested = containersOf(manifests).filter(
    ({ resources: own }) => own?.requests?.['cpu'] === undefined,
  );
  if (unrequested.length > 0) faults.push('Without requests there is no utilisation.');
  return faults;
}

function findTriggerFaults({ scaledObject }: Manifests): string[] {
  const queries = scaledObject?.spec.triggers.flatMap(({ metadata }) => metadata['query'] ?? []);
  if (queries === undefined) return [];
  const names = queries.flatMap((query) => query.match(/translation_\w+/g) ?? []);
  return [
    ...(names.includes('translation_backlog_seconds') ? [] : ['No trigger looks at the backlog.']),
    ...names.filter((name) => !METRIC_NAMES.has(name)).map((name) => `There is no metric ${name}.`),
  ];
}

/**
 * Two replicas become one where ceil(2 × utilisation / 80) is 1: at 40 % of the request at most. What a replica
 * holds when it has nothing to do has to be below that, or the second one stays for ever.
 */
function findMemoryFaults(manifests: Manifests): string[] {
  const isDemo = serverOf(manifests)?.image?.startsWith('localhost/') === true;
  const idleBytes = idleBytesOf(isDemo ? 'demo' : '418M');
  const requestBytes = quantity(serverOf(manifests)?.resources?.requests?.['memory']);
  const highestIdle = (TARGET_PERCENT / MOST_REPLICAS / 100) * requestBytes;
  return idleBytes <= highestIdle
    ? []
    : [`The service idles at ${idleBytes} bytes, above 40 % of the ${requestBytes} it requests.`];
}

/** The measured figure of docs/deploying.md. */
function idleBytesOf(model: string): number {
  const page = readFileSync(PAGE, 'utf8');
  const row = new RegExp(`^\\| ${model}[^|]*\\|[^|]*\\|[^|]*\\|[^|]*?(\\d+) MiB`, 'm').exec(page);
  return Number(row?.[1] ?? Number.NaN) * 2 ** 20;
}
