import { beforeAll, describe, expect, it } from 'vitest';
import { type KustomizationName, Manifests } from './manifests.js';
import { findPolicyFaults } from './policies.js';
import { containersOf, podOf, saverOf, serverOf } from './pod.js';
import { findSchemaFaults, findTypeFaults } from './schemas.js';

type Loose = Record<string, unknown>;
type Mistake = (manifests: Manifests) => void;

function rename(object: object | undefined, from: string, to: string): void {
  const loose = object as Loose;
  loose[to] = loose[from];
  Reflect.deleteProperty(loose, from);
}

/** What somebody may write, and no check but the named one sees. */
const MISTAKES = {
  types: {
    'prots for ports': (m) => {
      rename(m.service!.spec, 'ports', 'prots');
    },
    'initContainer for initContainers': (m) => {
      rename(podOf(m), 'initContainers', 'initContainer');
    },
    'stabilisationWindowSeconds with an s': (m) => {
      rename(
        m.autoscaler!.spec.behavior!.scaleDown,
        'stabilizationWindowSeconds',
        'stabilisationWindowSeconds',
      );
    },
    'intervall for interval': (m) => {
      rename(m.serviceMonitor!.spec.endpoints[0], 'interval', 'intervall');
    },
  },
  schemas: {
    'text for a number': (m) => {
      (m.autoscaler!.spec as unknown as Loose)['maxReplicas'] = 'two';
    },
    'no maxReplicas': (m) => {
      Reflect.deleteProperty(m.autoscaler!.spec, 'maxReplicas');
    },
    'a quantity that is none': (m) => {
      serverOf(m)!.resources!.limits!['memory'] = '4GB';
    },
  },
  policies: {
    'replicas beside an autoscaler': (m) => {
      m.deployment!.spec!.replicas = 1;
    },
    'the image latest': (m) => {
      for (const container of containersOf(m)) container.image = 'babelserve:latest';
    },
    'a disruption budget that blocks': (m) => {
      m.disruptionBudget!.spec = { ...m.disruptionBudget!.spec, minAvailable: 1 };
    },
    'a probe of a port without a name': (m) => {
      serverOf(m)!.livenessProbe!.httpGet!.port = 'web';
    },
    'readiness asked where liveness is': (m) => {
      serverOf(m)!.readinessProbe!.httpGet!.path = '/livez';
    },
    'too little time to start': (m) => {
      serverOf(m)!.startupProbe!.failureThreshold = 3;
    },
    'a grace period shorter than the drain': (m) => {
      podOf(m)!.terminationGracePeriodSeconds = 30;
    },
    'a drain longer than the grace period': (m) => {
      m.configMaps[0]!.data!['DRAIN_TIMEOUT_MS'] = '60000';
    },
    'a setting that does not exist': (m) => {
      m.configMaps[0]!.data!['REQUEST_TIMEOUT'] = '30';
    },
    'a value that the service refuses': (m) => {
      m.configMaps[0]!.data!['LOG_LEVEL'] = 'loud';
    },
    'a ConfigMap of another name': (m) => {
      m.configMaps[0]!.metadata!.name = 'other';
    },
    'a model that is read from where nothing is saved': (m) => {
      serverOf(m)!.env![0]!.value = '/models';
    },
    'a model that is packed for no processor': (m) => {
      saverOf(m)!.env!.push({ name: 'DEVICE', value: 'cuda' });
    },
    'a volume for the model that is not written to': (m) => {
      for (const container of containersOf(m))
        for (const mount of container.volumeMounts!)
          if (mount.mountPath === '/model') mount.readOnly = true;
    },
    'a selector of another service': (m) => {
      m.service!.spec!.selector = { 'app.kubernetes.io/name': 'babel' };
    },
    'a policy for all pods of the namespace': (m) => {
      m.networkPolicy!.spec!.podSelector = {};
    },
    'labels in the DNS peer, as kustomize can put them': (m) => {
      const peer = m.networkPolicy!.spec!.egress![0]!.to![0]!;
      peer.podSelector!.matchLabels!['app.kubernetes.io/name'] = 'babelserve';
    },
    'a monitor of a port without a name': (m) => {
      m.serviceMonitor!.spec.endpoints[0]!.port = 'metrics';
    },
    'a memory request near what it idles at': (m) => {
      serverOf(m)!.resources!.requests!['memory'] = '3Gi';
    },
    'no request, so no utilisation': (m) => {
      Reflect.deleteProperty(serverOf(m)!.resources!, 'requests');
    },
    'a metric of a kind that does not exist': (m) => {
      (m.autoscaler!.spec.metrics![0] as unknown as Loose)['type'] = 'Podz';
    },
    'a GPU metric without GPUs': (m) => {
      const name = 'babelserve_gpu_utilization_percent';
      const target = { type: 'AverageValue', averageValue: '80' };
      m.autoscaler!.spec.metrics!.push({ type: 'Pods', pods: { metric: { name }, target } });
    },
    'cuda without a GPU': (m) => {
      serverOf(m)!.env!.push({ name: 'DEVICE', value: 'cuda' });
    },
    root: (m) => {
      podOf(m)!.securityContext!.runAsUser = 0;
    },
    'rights that are kept': (m) => {
      serverOf(m)!.securityContext!.capabilities!.drop = ['NET_RAW'];
    },
  },
} satisfies Record<string, Record<string, Mistake>>;

/** Mistakes that need something the overlay cpu has not. */
const OF_OTHERS: readonly (readonly [KustomizationName, string, Mistake])[] = [
  [
    'gpu',
    'a rollout that waits for the GPU of the pod before',
    (m) => {
      m.deployment!.spec!.strategy!.rollingUpdate!.maxSurge = 1;
    },
  ],
  [
    'gpu',
    'a GPU metric that nothing records',
    (m) => {
      m.prometheusRules[0]!.spec.groups![0]!.rules![0]!.record = 'gpu_utilization';
    },
  ],
  [
    'keda',
    'a query for a metric that does not exist',
    (m) => {
      m.scaledObject!.spec.triggers[0]!.metadata['query'] = 'sum(translation_backlog)';
    },
  ],
];

function withMistake(name: KustomizationName, mistake: Mistake): Manifests {
  const manifests = Manifests.read(name);
  mistake(manifests);
  return manifests;
}

describe('the checks of the manifests', () => {
  let typeFaults: ReadonlyMap<string, string[]>;
  beforeAll(() => {
    const sets = Object.entries(MISTAKES.types).map(
      ([title, mistake]) => [title, withMistake('cpu', mistake).all] as const,
    );
    typeFaults = findTypeFaults(Object.fromEntries(sets));
  });

  it.each(Object.keys(MISTAKES.types))('see by types: %s', (title) => {
    expect(typeFaults.get(title)?.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(MISTAKES.schemas))('see by schemas: %s', async (_, mistake) => {
    expect((await findSchemaFaults(withMistake('cpu', mistake).all)).length).toBeGreaterThan(0);
  });

  it.each(Object.entries(MISTAKES.policies))('see by policies: %s', (_, mistake) => {
    expect(findPolicyFaults(withMistake('cpu', mistake)).length).toBeGreaterThan(0);
  });

  it.each(OF_OTHERS)('see in %s: %s', (name, _, mistake) => {
    expect(findPolicyFaults(withMistake(name, mistake)).length).toBeGreaterThan(0);
  });
});
