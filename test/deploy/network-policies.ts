import { loadConfig } from '#libs/config';
import type { Manifests } from './manifests.js';
import { podLabels, selects, serverOf } from './pod.js';

const DNS_LABELS = { namespace: 'kube-system', pod: 'kube-dns' };

/** Ports, and selectors: whether what names something finds it. */
export function findNetworkFaults(manifests: Manifests): string[] {
  return [
    ...findPortFaults(manifests),
    ...findSelectorFaults(manifests),
    ...findDnsFaults(manifests),
  ];
}

function findPortFaults(manifests: Manifests): string[] {
  const { networkPolicy, service, serviceMonitor } = manifests;
  const faults: string[] = [];
  const server = serverOf(manifests);
  const named = new Map(server?.ports?.map(({ name, containerPort }) => [name, containerPort]));
  const { port } = loadConfig({ HOME: '/' });
  if (named.get('http') !== port)
    faults.push(`The container port http is not ${port}, which the service listens on.`);
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
    if (!named.has(String(server?.[probe]?.httpGet?.port)))
      faults.push(`The ${probe} asks a port that the container does not name.`);
  const servicePort = service?.spec?.ports?.find(({ name }) => name === 'http');
  if (!named.has(String(servicePort?.targetPort)))
    faults.push('The Service sends to a port that the container does not name.');
  if (servicePort?.port !== port) faults.push(`The Service is not on ${port}.`);
  const scraped = serviceMonitor?.spec.endpoints.map((endpoint) => endpoint.port) ?? ['http'];
  if (!scraped.every((name) => name === servicePort?.name))
    faults.push('The ServiceMonitor asks a port that the Service does not name.');
  const open = networkPolicy?.spec?.ingress?.flatMap(({ ports }) => ports ?? []) ?? [];
  if (open.length !== 1 || open[0]?.port !== port)
    faults.push(`The NetworkPolicy does not let exactly ${port} in.`);
  return faults;
}

function findSelectorFaults(manifests: Manifests): string[] {
  const { deployment, disruptionBudget, networkPolicy, service, serviceMonitor } = manifests;
  const labels = podLabels(deployment);
  const spread = deployment?.spec?.template.spec?.topologySpreadConstraints?.[0];
  const selectors = {
    Deployment: deployment?.spec?.selector.matchLabels,
    Service: service?.spec?.selector,
    PodDisruptionBudget: disruptionBudget?.spec?.selector?.matchLabels,
    NetworkPolicy: networkPolicy?.spec?.podSelector?.matchLabels,
    'topology spread': spread?.labelSelector?.matchLabels,
  };
  const faults = Object.entries(selectors)
    .filter(([, selector]) => !selects(selector, labels))
    .map(([name]) => `The selector of the ${name} does not select the pods, or all there are.`);
  const monitored = serviceMonitor?.spec.selector.matchLabels;
  if (serviceMonitor !== undefined && !selects(monitored, service?.metadata?.labels ?? {}))
    faults.push('The ServiceMonitor does not select the Service.');
  return faults;
}

/** Kustomize can put labels into the peers of a policy: then names are no longer resolved, and no schema minds. */
function findDnsFaults({ networkPolicy }: Manifests): string[] {
  const rules = networkPolicy?.spec?.egress ?? [];
  if (rules.length === 0) return [];
  const isDns = rules.some(({ ports, to }) => {
    const peer = to?.[0];
    return (
      ports?.every(({ port }) => port === 53) === true &&
      sameLabels(
        peer?.namespaceSelector?.matchLabels,
        'kubernetes.io/metadata.name',
        DNS_LABELS.namespace,
      ) &&
      sameLabels(peer?.podSelector?.matchLabels, 'k8s-app', DNS_LABELS.pod)
    );
  });
  return isDns ? [] : ['The NetworkPolicy lets out something, and not the questions to the DNS.'];
}

function sameLabels(
  labels: Readonly<Record<string, string>> | undefined,
  name: string,
  value: string,
): boolean {
  return JSON.stringify(labels) === JSON.stringify({ [name]: value });
}
