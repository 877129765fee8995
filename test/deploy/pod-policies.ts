import type { IContainer, IProbe } from 'kubernetes-models/v1';
import type { Manifests } from './manifests.js';
import { containersOf, podOf, quantity, serverOf } from './pod.js';

const SLOWEST_START_SECONDS = 180;
const SLOWEST_LOOP_SECONDS = 60;
const USER = 10001;
const GPU = 'nvidia.com/gpu';

/** Images, rights, probes and resources of the pods. */
export function findPodFaults(manifests: Manifests): string[] {
  const pod = podOf(manifests);
  const faults = containersOf(manifests).flatMap((container) => [
    ...findImageFaults(container),
    ...findRightFaults(container),
    ...findResourceFaults(container),
  ]);
  const images = new Set(containersOf(manifests).map(({ image }) => image));
  if (images.size !== 1) faults.push('The containers have different images.');
  const { runAsNonRoot, runAsUser, seccompProfile } = pod?.securityContext ?? {};
  if (runAsNonRoot !== true || runAsUser !== USER) faults.push(`The user is not ${USER}.`);
  if (seccompProfile?.type !== 'RuntimeDefault') faults.push('There is no seccomp profile.');
  if (pod?.automountServiceAccountToken !== false) faults.push('Pods get a token of the API.');
  return [...faults, ...findProbeFaults(serverOf(manifests)), ...findDeviceFaults(manifests)];
}

function findImageFaults({ image = '', name }: IContainer): string[] {
  const tag = /:([\w.-]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? [`${name}: the image ${image} has no tag.`] : [];
}

function findRightFaults({ name, securityContext, resources }: IContainer): string[] {
  const faults: string[] = [];
  const drops = securityContext?.capabilities?.drop ?? [];
  if (securityContext?.allowPrivilegeEscalation !== false || !drops.includes('ALL'))
    faults.push(`${name}: it may gain rights.`);
  const hasGpu = resources?.limits?.[GPU] !== undefined;
  if (securityContext?.readOnlyRootFilesystem !== !hasGpu)
    faults.push(`${name}: the root is read-only exactly where no driver is put into it.`);
  return faults;
}

function findResourceFaults({ name, resources }: IContainer): string[] {
  return (['cpu', 'memory'] as const).flatMap((resource) => {
    const request = quantity(resources?.requests?.[resource]);
    const limit = quantity(resources?.limits?.[resource]);
    return request <= limit ? [] : [`${name}: ${resource} has no request that its limit covers.`];
  });
}

function findProbeFaults(server: IContainer | undefined): string[] {
  const probes = [
    ['startupProbe', '/startupz'],
    ['readinessProbe', '/readyz'],
    ['livenessProbe', '/livez'],
  ] as const;
  const faults = probes
    .filter(([probe, path]) => server?.[probe]?.httpGet?.path !== path)
    .map(([probe, path]) => `The ${probe} does not ask ${path}.`);
  if (patienceSeconds(server?.startupProbe) < SLOWEST_START_SECONDS)
    faults.push(`A start may take ${SLOWEST_START_SECONDS} s.`);
  if (patienceSeconds(server?.livenessProbe) < SLOWEST_LOOP_SECONDS)
    faults.push(`A service that is slow for less than ${SLOWEST_LOOP_SECONDS} s is killed.`);
  return faults;
}

function patienceSeconds(probe: IProbe | undefined): number {
  return (probe?.periodSeconds ?? 10) * (probe?.failureThreshold ?? 3);
}

function findDeviceFaults(manifests: Manifests): string[] {
  const server = serverOf(manifests);
  const hasGpu = server?.resources?.limits?.[GPU] !== undefined;
  const device = server?.env?.find(({ name }) => name === 'DEVICE')?.value ?? 'cpu';
  const faults: string[] = [];
  if (device.startsWith('cuda') !== hasGpu)
    faults.push(`DEVICE is ${device}, and the container has ${hasGpu ? 'a' : 'no'} GPU.`);
  const { maxSurge } = manifests.deployment?.spec?.strategy?.rollingUpdate ?? {};
  if (hasGpu && maxSurge !== 0)
    faults.push('A rollout waits for a GPU that the pod before it holds.');
  return faults;
}
