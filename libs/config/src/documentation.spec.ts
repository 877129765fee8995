import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { AppConfig } from './app-config.js';
import { type Setting, settingsOf } from './setting.js';

const PAGE = new URL('../../../docs/configuration.md', import.meta.url).pathname;
const README = new URL('../../../README.md', import.meta.url).pathname;

const HEAD = `# Configuration

Everything is set through environment variables. They are read and checked once, at the start. A value
that is not allowed stops the start with one line for each fault: the variable, its value and what is
allowed. An empty variable counts as one that is not set; variables that are not in this table are ignored.
`;

const FOOT = `## Rules over several variables

These are allowed, with a warning in the log at the start:

- \`BATCH_WINDOW_MS\` not shorter than \`REQUEST_TIMEOUT_MS\`: requests may expire while they wait for company.
- \`DRAIN_TIMEOUT_MS\` shorter than \`REQUEST_TIMEOUT_MS\`: a shutdown may cut requests that were accepted.
- \`BODY_LIMIT\` smaller than \`MAX_TEXT_CHARS\`: such texts are refused by their size.
- \`KEY_VALUE_BYTES\` not less than the memory of the machine or the container.
- \`LOG_TEXT\` on: the log shows what callers send.

## Notes

- The user's cache folder is \`$XDG_CACHE_HOME\`, else \`~/.cache\`; on macOS \`~/Library/Caches\`; on Windows \`%LOCALAPPDATA%\`.
- A hub id is \`owner/name\` or \`owner/name@revision\`; a local folder of that name comes first. Downloads are kept under \`hub\` in \`CACHE_DIR\`, one folder for each commit; whole ones may be removed at any time while nothing is being prepared from them, and \`….partial\` ones, too, at the price of fetching them again.
- \`SAVE_WEIGHTS\`: what the folder holds stays as it is where it is the wanted model, undamaged, in int8: made from the same files, or from the hub's commit that \`MODEL_WEIGHTS\` stands for, which is asked for alone. Where the hub does not answer, or \`HF_HUB_OFFLINE\` is set, any commit of that model stays, with a line in the log; a revision that is a commit is exact without the hub. Another or a damaged model is replaced, other things are left alone and fail the start. \`manifest.json\` is written last: a folder without it holds no model.
- With a proxy in \`HTTPS_PROXY\`, \`HTTP_PROXY\` serves only hubs over http; where \`HTTPS_PROXY\` is not set, \`HTTP_PROXY\` serves both.
- \`HF_TOKEN\` and the addresses of proxies, which may hold a password, are never logged.
- \`APP_WORKERS\`: the graphs of an int8 model are packed for the processor, into a hidden folder \`.packed-…\` inside the model's folder, twice the size of the weights: by \`prepare\` and \`SAVE_WEIGHTS\`, else at the first start. Engines share what is in it. Where it is for another processor and the model's folder cannot be written, where the disk has no room, or in fp32, the log says so; then there is one engine, and each more costs a copy of the weights. Such folders may be removed while no service runs; a new release of onnxruntime makes new ones, and leaves the old.
- \`KEY_VALUE_BYTES\`: keys and values are what decoding remembers of a sentence: 12 MiB for 24 tokens and five beams with the 418M model, 30 MiB for 100. Each engine gets an equal part. A sentence joins those that are being decoded where what all of them will need fits, at 1.5 target tokens to a source token; else it waits, and those behind it with it, until others have left. One that is too large for its engine's part even alone is decoded alone. What comes back is the same whatever the limit. The quarter is one of the container's memory where that is less than the machine's; weights and the work of a step have the rest.
- \`DEVICE=cuda\`: each engine makes onnxruntime's CUDA provider compute a little, with nothing to fall back to, before it loads the model; where that fails the start fails, with the reason. The image's \`cuda\` target has the provider, an installation by \`npm ci\` has not ([deploying](deploying.md)). The graphs are made for the CPU so far: on a GPU what it has no operators for is computed by the CPU, and nothing of this has been measured.
- After SIGTERM or SIGINT: readiness turns red at once, requests are still accepted for \`DRAIN_DELAY_MS\`, then new ones get 503 and what runs has \`DRAIN_TIMEOUT_MS\` to finish; what has not by then is answered with 503. The grace period of the platform has to be longer than both together and 10 s more.
- Exit codes: 0 after a signal, once all is answered; 1 where the start or the stop failed; 143 or 130 at once on a second SIGTERM or SIGINT, which cuts what runs, and on the first one while the model is still being fetched or prepared: nothing is left behind but what has arrived of a download. As process 1 of a container that is 1.
- \`API_KEYS\`: a name has 1 to 32 characters a–z, 0–9, \`_\` and \`-\`; a key 16 to 128 characters A–Z, a–z, 0–9, \`.\`, \`_\`, \`~\` and \`-\`; a share is a whole number from 1 to 1000. No name and no key comes twice, and there are 1000 at most. Callers send their key as \`Authorization: Bearer KEY\` or \`X-API-Key: KEY\` with \`POST /translation\`; each dialect has a place of its own for it ([dialects](dialects.md)). The other routes ask for none. While others wait, a caller gets the engines in proportion to its share, and it may fill its part of \`MAX_QUEUE_TOKENS\` and \`MAX_QUEUE_REQUESTS\`; what comes on top is answered with 429. Keys stand in no log; the names do.
- \`QUEUE_ORDER=fair\`: while others wait, each request (each caller, where there are keys, and each request of a caller) gets the same number of source tokens in its turn; alone, it gets all. \`arrival\` is there to compare.
- \`CACHE_BYTES\`: segments are equal where their token ids, their target language and their options are. With 0 nothing is shared; else equal ones that are under way share one decode too.
- Traces go to \`OTEL_EXPORTER_OTLP_ENDPOINT\` + \`/v1/traces\` as JSON. Of the [standard variables](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/) \`OTEL_EXPORTER_OTLP_HEADERS\`, \`_COMPRESSION\` and \`_CERTIFICATE\`, \`OTEL_TRACES_SAMPLER\`, \`OTEL_SERVICE_NAME\` and \`OTEL_RESOURCE_ATTRIBUTES\` count too. A caller's \`traceparent\` is taken over, its decision whether to sample included.
- Nothing is sent anywhere but to what is named here. The reports that onnxruntime's Linux binaries send to their makers by default are switched off.
- This page is made from \`libs/config/src/app-config.ts\`: \`npx vitest run libs/config -u\` writes it anew.
`;

function tableOf(settings: readonly Setting[]): string {
  const rows = settings.map(({ variable, defaultText, allowed, meaning }) =>
    [`\`${variable}\``, defaultText ?? '–', allowed, meaning].join(' | '),
  );
  return ['variable | default | allowed | meaning', '--- | --- | --- | ---', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n');
}

describe('docs/configuration.md', () => {
  it('is what the settings say', async () => {
    const page = [HEAD, tableOf(settingsOf(AppConfig)), '', FOOT].join('\n');
    const options = { ...(await resolveConfig(PAGE)), filepath: PAGE };
    await expect(await format(page, options)).toMatchFileSnapshot(PAGE);
  });
});

describe('README.md', () => {
  it('lists every setting with its default and its meaning', () => {
    const rows = readFileSync(README, 'utf8')
      .split('\n')
      .map((row) => row.replace(/ +/g, ' '));
    for (const { variable, defaultText, meaning } of settingsOf(AppConfig))
      expect(rows).toContain(`| \`${variable}\` | ${defaultText ?? '–'} | ${meaning} |`);
  });
});
