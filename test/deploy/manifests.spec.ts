import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  canRender,
  type KustomizationName,
  KUSTOMIZATIONS,
  Manifests,
  NAMES,
  readRendered,
  render,
  renderedFile,
} from './manifests.js';
import { findPolicyFaults } from './policies.js';
import { findSchemaFaults, findTypeFaults } from './schemas.js';

const SINGLE_FILE = new URL('../../deploy/kubernetes.yaml', import.meta.url).pathname;
const SINGLE_FILE_HEAD = `# The overlay deploy/overlays/cpu as one file, for kubectl apply -f. Written by: npx vitest run test/deploy -u
# Set the image first. The ServiceMonitor wants the Prometheus operator; without it kubectl applies all the rest.
`;
const CONCERNS_OF: Partial<Record<KustomizationName, readonly string[]>> = {
  keda: ['ScaledObject'],
  'persistent-volume': ['PersistentVolumeClaim'],
  ingress: ['Ingress'],
  gpu: ['PrometheusRule', 'ServiceMonitor', 'HorizontalPodAutoscaler'],
};

const isRendering = canRender();
if (!isRendering)
  process.stderr.write(
    '*** SKIPPED: the manifests were NOT rendered anew. kubectl with kustomize 5 or later is not installed; what was rendered last is checked. ***\n',
  );

describe.runIf(isRendering)('kubectl kustomize', () => {
  it.each(NAMES)('makes of %s what is checked here', async (name) => {
    await expect(render(name)).toMatchFileSnapshot(renderedFile(name));
  });

  it('makes of the overlay cpu the single file', async () => {
    await expect(SINGLE_FILE_HEAD + render('cpu')).toMatchFileSnapshot(SINGLE_FILE);
  });
});

describe('deploy', () => {
  it('has as its single file what the overlay cpu was rendered to', () => {
    expect(readFileSync(SINGLE_FILE, 'utf8')).toBe(SINGLE_FILE_HEAD + readRendered('cpu'));
  });

  let typeFaults: ReadonlyMap<string, string[]>;
  beforeAll(() => {
    const sets = NAMES.map((name) => [name, Manifests.read(name).all] as const);
    typeFaults = findTypeFaults(Object.fromEntries(sets));
  });

  it.each(NAMES)('has in %s no field that Kubernetes does not know', async (name) => {
    expect(typeFaults.get(name)).toEqual([]);
    expect(await findSchemaFaults(Manifests.read(name).all)).toEqual([]);
  });

  it.each(NAMES)('has in %s objects that fit one another and the service', (name) => {
    expect(findPolicyFaults(Manifests.read(name))).toEqual([]);
  });

  it.each(Object.entries(CONCERNS_OF))('has in %s what it is for', (name, kinds) => {
    const rendered = Manifests.read(name as KustomizationName).all.map(({ kind }) => kind);
    expect(rendered).toEqual(expect.arrayContaining([...kinds]));
  });

  it('asks in the overlay demo for nothing that only some clusters have', () => {
    const versions = Manifests.read('demo').all.map(({ apiVersion }) => apiVersion.split('/')[0]);
    expect(versions.filter((group) => group?.includes('.') && !group.endsWith('k8s.io'))).toEqual(
      [],
    );
  });

  it('names folders that are there', () => {
    for (const folder of Object.values(KUSTOMIZATIONS))
      expect(
        readFileSync(new URL(`../../${folder}/kustomization.yaml`, import.meta.url)),
      ).toBeTruthy();
  });
});
