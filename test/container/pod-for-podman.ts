import type { IContainer, IPod } from 'kubernetes-models/v1';
import { stringify } from 'yaml';
import { Manifests } from '../deploy/manifests.js';

/**
 * A rendered overlay as `podman kube play` (4.3) can run it: the Deployment's pod by itself on the host's network, with its
 * ConfigMap. Podman has no probes there, and restarts an init container that has ended unless the pod never restarts.
 */
export function podForPodman(rendered: string, settings: Readonly<Record<string, string>>): string {
  const manifests = new Manifests(rendered);
  const { metadata, spec } = structuredClone(manifests.deployment!.spec!.template);
  for (const name of ['topologySpreadConstraints', 'serviceAccountName'])
    Reflect.deleteProperty(spec!, name);
  const pod: IPod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'babelserve' },
    spec: {
      ...spec!,
      restartPolicy: 'Never',
      hostNetwork: true,
      containers: spec!.containers.map(asPodmanTakes),
      initContainers: spec!.initContainers!.map(asPodmanTakes),
    },
  };
  const configMaps = manifests.configMaps.map((configMap) => ({
    ...configMap,
    data: { ...configMap.data, ...settings },
  }));
  return [...configMaps, pod].map((object) => stringify(object)).join('---\n');
}

function asPodmanTakes(container: IContainer): IContainer {
  for (const name of ['ports', 'startupProbe', 'readinessProbe', 'livenessProbe'])
    Reflect.deleteProperty(container, name);
  return { ...container, imagePullPolicy: 'Never' } as const;
}
