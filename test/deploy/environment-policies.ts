import type { IContainer } from 'kubernetes-models/v1';
import { AppConfig, findDoubts, loadConfig } from '#libs/config';
import { settingsOf } from '../../libs/config/src/setting.js';
import type { Manifests } from './manifests.js';
import { podOf, saverOf, serverOf } from './pod.js';

/** How long the service takes beyond its two drain times: docs/configuration.md. */
const STOP_MARGIN_SECONDS = 10;

/** Variables against the configuration, the model's volume, and the times of a shutdown. */
export function findEnvironmentFaults(manifests: Manifests): string[] {
  return [
    ...findVariableFaults(manifests),
    ...findVolumeFaults(manifests),
    ...findShutdownFaults(manifests),
  ];
}

/** The variables of a container, those of its ConfigMaps included; secrets are unknown. */
function environmentOf(
  { configMaps }: Manifests,
  container: IContainer | undefined,
): Record<string, string | undefined> {
  const shared = container?.envFrom?.map(({ configMapRef }) => {
    return configMaps.find(({ metadata }) => metadata?.name === configMapRef?.name)?.data;
  });
  const own = container?.env?.map(({ name, value }) => [name, value] as const) ?? [];
  return Object.assign({}, ...(shared ?? []), Object.fromEntries(own)) as Record<string, string>;
}

function findVariableFaults(manifests: Manifests): string[] {
  const known = new Set(settingsOf(AppConfig).map(({ variable }) => variable));
  const names = manifests.configMaps.map(({ metadata }) => metadata?.name);
  return [serverOf(manifests), saverOf(manifests)].flatMap((container) => {
    if (container === undefined) return [];
    const environment = environmentOf(manifests, container);
    const faults = Object.keys(environment)
      .filter((variable) => !known.has(variable))
      .map((variable) => `${container.name}: there is no setting ${variable}.`);
    for (const { configMapRef } of container.envFrom ?? [])
      if (!names.includes(configMapRef?.name))
        faults.push(`${container.name}: there is no ConfigMap ${String(configMapRef?.name)}.`);
    try {
      faults.push(...findDoubts(loadConfig({ HOME: '/', ...environment }, 'linux')));
    } catch (error) {
      faults.push(`${container.name}: ${String(error)}`);
    }
    return faults;
  });
}

function findVolumeFaults(manifests: Manifests): string[] {
  const faults: string[] = [];
  const [server, saver] = [serverOf(manifests), saverOf(manifests)];
  const volumes = new Set(podOf(manifests)?.volumes?.map(({ name }) => name));
  for (const container of [server, saver])
    for (const { name } of container?.volumeMounts ?? [])
      if (!volumes.has(name))
        faults.push(`${String(container?.name)}: there is no volume ${name}.`);
  const mountOf = (container: IContainer | undefined, folder: string | undefined) =>
    container?.volumeMounts?.find(({ mountPath }) => mountPath === folder);
  const served = mountOf(server, environmentOf(manifests, server)['MODEL_WEIGHTS']);
  if (served?.readOnly !== true) faults.push('MODEL_WEIGHTS is no volume that is only read.');
  const saved = mountOf(saver, environmentOf(manifests, saver)['SAVE_WEIGHTS']);
  if (saver !== undefined && (saved === undefined || saved.readOnly === true))
    faults.push('SAVE_WEIGHTS is no volume that is written.');
  if (saver !== undefined && saved?.name !== served?.name)
    faults.push('The model is saved into one volume and read from another.');
  const [packedFor, servedOn] = [saver, server].map(
    (container) => environmentOf(manifests, container)['DEVICE'] ?? 'cpu',
  );
  if (saver !== undefined && packedFor !== servedOn)
    faults.push('The model is saved for another device than it is served on.');
  const isImage = podOf(manifests)?.volumes?.some(({ image }) => image !== undefined) === true;
  if (saver === undefined && !isImage) faults.push('Nothing fills the volume of the model.');
  return faults;
}

function findShutdownFaults(manifests: Manifests): string[] {
  const environment = environmentOf(manifests, serverOf(manifests));
  const { drainDelayMs, drainTimeoutMs } = loadConfig({
    HOME: '/',
    DRAIN_DELAY_MS: environment['DRAIN_DELAY_MS'],
    DRAIN_TIMEOUT_MS: environment['DRAIN_TIMEOUT_MS'],
  });
  const neededSeconds = (drainDelayMs + drainTimeoutMs) / 1000 + STOP_MARGIN_SECONDS;
  const graceSeconds = podOf(manifests)?.terminationGracePeriodSeconds ?? 30;
  return graceSeconds >= neededSeconds
    ? []
    : [`The grace period is ${graceSeconds} s, and a drain can take ${neededSeconds} s.`];
}
