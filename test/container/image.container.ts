import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readRendered } from '../deploy/manifests.js';
import { bodyOf, postTranslation } from '../support/translation-requests.js';
import { podForPodman } from './pod-for-podman.js';
import { shell, succeed, untilAnswers, whyNoContainers } from './podman.js';

const BUILD = fileURLToPath(new URL('build-images.sh', import.meta.url));
const MOST_BYTES_OVER_BASE = 150e6;
/** As Kubernetes runs it: no rights, a root that is only read. */
const RESTRICTED =
  '--network host --read-only --read-only-tmpfs=false --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --no-healthcheck -e HOST=127.0.0.1';

const why = whyNoContainers();
if (why !== undefined)
  process.stderr.write(
    `*** SKIPPED: the image was NOT built and NOT run, and the overlay demo was NOT run: ${why}. ***\n`,
  );

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  server.close();
  return address.port;
}

/** The command of the image's HEALTHCHECK; podman itself wants systemd to run it. */
async function healthCheck(): Promise<string> {
  const format = '{{json .Config.Healthcheck.Test}}';
  const inspected = await succeed(`podman image inspect --format '${format}' babelserve:cpu`);
  const [kind, ...words] = JSON.parse(inspected) as string[];
  expect(kind).toBe('CMD');
  return words.map((word) => `'${word}'`).join(' ');
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

describe.runIf(why === undefined)('the image', () => {
  let work: string;
  let port: number;
  let url: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'container-'));
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await succeed(BUILD);
  });
  afterEach(() => shell('podman rm -f -t 0 babelserve-check'));
  afterAll(async () => {
    await rm(work, { recursive: true });
  });

  it('is at most 150 MB over its base', async () => {
    const base = await succeed(
      `sed -n 's/^ARG NODE_IMAGE=//p' ${fileURLToPath(new URL('../../Dockerfile', import.meta.url))}`,
    );
    const sizes = await succeed(`podman image inspect --format '{{.Size}}' babelserve:cpu ${base}`);
    const [size, baseSize] = sizes.split('\n').map(Number);
    const overBase = size! - baseSize!;
    process.stderr.write(`The cpu image is ${(overBase / 1e6).toFixed(1)} MB over its base.\n`);
    expect(overBase).toBeLessThan(MOST_BYTES_OVER_BASE);
    expect(overBase).toBeGreaterThan(50e6);
  });

  it('holds no development dependency, one platform of onnxruntime, and no file that its user may change', async () => {
    const command =
      'ls node_modules; ls node_modules/onnxruntime-node/bin/napi-v6/*; find /app -writable; id -u';
    const listed = await succeed(
      `podman run --rm ${RESTRICTED} --entrypoint sh babelserve:cpu -c '${command}'`,
    );
    const lines = listed.split('\n');
    for (const name of ['typescript', 'vitest', 'eslint', 'prettier', 'kubernetes-models'])
      expect(lines).not.toContain(name);
    expect(lines).toContain('fastify');
    expect(lines.filter((line) => ['x64', 'arm64', 'darwin', 'win32'].includes(line))).toEqual([
      process.arch,
    ]);
    expect(lines.filter((line) => line.startsWith('/app'))).toEqual([]);
    expect(lines.at(-1)).toBe('10001');
  });

  it('serves the demo model with a root that is only read, takes its own stress test, and drains', async () => {
    await succeed(
      `podman run -d --name babelserve-check ${RESTRICTED} -e PORT=${port} -e DRAIN_DELAY_MS=500 --memory 1536m babelserve:cpu`,
    );
    await untilAnswers(`${url}/readyz`, 200);
    expect(await statusOf(`${url}/openapi.json`)).toBe(200);
    expect(await statusOf(`${url}/docs`)).toBe(200);
    const stress = await succeed(
      `podman run --rm ${RESTRICTED} babelserve:cpu stress --url ${url} --num-req 20 --sleep 0.05`,
    );
    expect(stress).toMatch(/^100\.00% of requests were successful/);
    expect((await shell(`podman exec babelserve-check ${await healthCheck()}`)).exitCode).toBe(0);
    const stopping = succeed('podman stop -t 20 babelserve-check');
    await untilAnswers(`${url}/readyz`, 503);
    const late = await postTranslation(url, bodyOf('Where is the station?'));
    expect(await late.json()).toEqual({ result: [{ id: 0, text: 'Wo ist der Bahnhof?' }] });
    await stopping;
    expect(await succeed(`podman inspect --format '{{.State.ExitCode}}' babelserve-check`)).toBe(
      '0',
    );
  });

  it('prepares into a volume, from which a second start takes the model as it is', async () => {
    const save = `podman run --rm ${RESTRICTED} -v babelserve-check:/model:U -e SAVE_WEIGHTS=/model babelserve:cpu`;
    expect(await succeed(save)).toContain('"outcome":"prepared"');
    expect(await succeed(save)).toContain('"outcome":"unchanged"');
    await succeed('podman volume rm babelserve-check');
  });

  it('does not start in its target cuda without the provider, and says why', async () => {
    const { exitCode, stderr } = await shell(
      `podman run --rm ${RESTRICTED} -e PORT=${port} babelserve:cuda`,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('babelserve: DEVICE is "cuda"; this device is not there');
  });

  it('runs the overlay demo: the init container prepares, probes answer, it translates and drains', async () => {
    const pod = join(work, 'pod.yaml');
    const settings = { HOST: '127.0.0.1', PORT: String(port), DRAIN_DELAY_MS: '1000' };
    await writeFile(pod, podForPodman(readRendered('demo'), settings));
    try {
      await succeed(`podman kube play ${pod}`);
      for (const route of ['startupz', 'readyz', 'livez'])
        await untilAnswers(`${url}/${route}`, 200);
      // Only the init container may write there.
      const manifest = await succeed('podman exec babelserve-babelserve cat /model/manifest.json');
      expect(JSON.parse(manifest)).toMatchObject({
        precision: 'int8',
        languages: ['de', 'en', 'ja'],
      });
      const answer = await postTranslation(url, bodyOf('Where is the station?'));
      expect(await answer.json()).toEqual({ result: [{ id: 0, text: 'Wo ist der Bahnhof?' }] });
      const denied = await shell('podman exec babelserve-babelserve touch /model/x');
      expect(denied.stderr).toContain('Read-only file system');
      const stopping = succeed('podman kill --signal TERM babelserve-babelserve');
      await untilAnswers(`${url}/readyz`, 503);
      expect(await statusOf(`${url}/livez`)).toBe(200);
      expect((await postTranslation(url, bodyOf('I am here.'))).status).toBe(200);
      await stopping;
      expect(await succeed('podman wait babelserve-babelserve')).toBe('0');
      expect(await succeed('podman logs babelserve-babelserve')).toContain('"msg":"stopped"');
    } finally {
      await shell('podman pod rm -f -t 0 babelserve');
    }
  });
});
