import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import type { Manifests } from './manifests.js';

type Labels = Readonly<Record<string, string>>;

export function podOf({ deployment }: Manifests): IPodSpec | undefined {
  return deployment?.spec?.template.spec;
}

export function podLabels(deployment: IDeployment | undefined): Labels {
  return deployment?.spec?.template.metadata?.labels ?? {};
}

/** The container that serves. */
export function serverOf(manifests: Manifests): IContainer | undefined {
  return podOf(manifests)?.containers.find(({ name }) => name === 'babelserve');
}

/** The init container that fills the model's volume. */
export function saverOf(manifests: Manifests): IContainer | undefined {
  return podOf(manifests)?.initContainers?.find(({ name }) => name === 'save-weights');
}

export function containersOf(manifests: Manifests): IContainer[] {
  const pod = podOf(manifests);
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

/** Whether a selector says something, and labels are as it says. */
export function selects(selector: Labels | undefined, labels: Labels): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** A quantity as a number: bytes, or cores. */
export function quantity(value: string | number | undefined): number {
  const [, digits, unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(value)) ?? [];
  return Number(digits) * (UNITS[unit] ?? Number.NaN);
}
