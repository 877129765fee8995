import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IConfigMap, IService } from 'kubernetes-models/v1';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type {
  IPrometheusRule,
  IServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** By name: what is rendered, and checked. */
export const KUSTOMIZATIONS = {
  cpu: 'deploy/overlays/cpu',
  gpu: 'deploy/overlays/gpu',
  demo: 'deploy/overlays/demo',
  keda: 'deploy/examples/keda',
  'persistent-volume': 'deploy/examples/persistent-volume',
  'image-volume': 'deploy/examples/image-volume',
  ingress: 'deploy/examples/ingress',
} as const;
export type KustomizationName = keyof typeof KUSTOMIZATIONS;
export const NAMES = Object.keys(KUSTOMIZATIONS) as KustomizationName[];

/** Any object of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The objects of one kustomization by their kinds, as deep copies that may be changed. */
export class Manifests {
  readonly all: readonly Manifest[];

  constructor(yaml: string) {
    this.all = parseAllDocuments(yaml).map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as Manifest;
    });
  }

  /** What `kubectl kustomize` made when it was run last: the same on machines without kubectl. */
  static read(name: KustomizationName): Manifests {
    return new Manifests(readRendered(name));
  }

  get deployment(): IDeployment | undefined {
    return this.#of('Deployment')[0] as IDeployment | undefined;
  }
  get service(): IService | undefined {
    return this.#of('Service')[0] as IService | undefined;
  }
  get configMaps(): IConfigMap[] {
    return this.#of('ConfigMap') as unknown as IConfigMap[];
  }
  get autoscaler(): IHorizontalPodAutoscaler | undefined {
    return this.#of('HorizontalPodAutoscaler')[0] as IHorizontalPodAutoscaler | undefined;
  }
  get scaledObject(): IScaledObject | undefined {
    return this.#of('ScaledObject')[0] as IScaledObject | undefined;
  }
  get disruptionBudget(): IPodDisruptionBudget | undefined {
    return this.#of('PodDisruptionBudget')[0] as IPodDisruptionBudget | undefined;
  }
  get networkPolicy(): INetworkPolicy | undefined {
    return this.#of('NetworkPolicy')[0] as INetworkPolicy | undefined;
  }
  get serviceMonitor(): IServiceMonitor | undefined {
    return this.#of('ServiceMonitor')[0] as IServiceMonitor | undefined;
  }
  get prometheusRules(): IPrometheusRule[] {
    return this.#of('PrometheusRule') as unknown as IPrometheusRule[];
  }

  #of(kind: string): Manifest[] {
    return this.all.filter((manifest) => manifest.kind === kind);
  }
}

export function renderedFile(name: KustomizationName): string {
  return fileURLToPath(new URL(`rendered/${name}.yaml`, import.meta.url));
}

export function readRendered(name: KustomizationName): string {
  return readFileSync(renderedFile(name), 'utf8');
}

/** Whether there is a kubectl whose kustomize knows components and labels: 5 or later. */
export function canRender(): boolean {
  const { stdout, status } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  const version = /Kustomize Version: v(\d+)/.exec(status === 0 ? stdout : '')?.[1];
  return Number(version ?? 0) >= 5;
}

export function render(name: KustomizationName): string {
  return execFileSync('kubectl', ['kustomize', KUSTOMIZATIONS[name]], {
    cwd: root,
    encoding: 'utf8',
  });
}
