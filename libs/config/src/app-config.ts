import type { ApiKey } from './api-key.js';
import type { Secret } from './secret.js';
import {
  ApiKeys,
  ByteSize,
  Flag,
  OneOf,
  SecretText,
  SomeOf,
  Text,
  WholeNumber,
} from './setting.js';

/** Most beams that a request may ask for: a beam costs a row of every decoder step. */
export const MAX_BEAM_SIZE = 10;

/** One day: longer waits are mistakes, and timers of more than 24.8 days do not exist in Node. */
const LONGEST_WAIT_MS = 86_400_000;

const HTTP_URL = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#@]*)?$/i;
/** What other programs take for a proxy must not stop the start; it is read when a hub is asked. */
const PROXY_URL = /^[\x21-\x7e]{1,2048}$/;
const SWITCH = ['off', 'on'] as const;

const QUEUE_ORDERS = ['fair', 'arrival'] as const;

const DIALECTS = ['libretranslate', 'deepl', 'immersive'] as const;

export type DialectName = (typeof DIALECTS)[number];

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/**
 * Everything that can be set from outside, read once at the start. The decorators are the only place
 * that knows a variable's name, meaning, default and bounds; `docs/configuration.md` comes from them.
 */
export class AppConfig {
  @WholeNumber('PORT', {
    meaning: 'TCP port of the HTTP server; 0 takes a free one.',
    default: 9527,
    min: 0,
    max: 65_535,
  })
  readonly port!: number;

  @Text('HOST', {
    meaning: 'Address that the HTTP server listens on; `::` is every IPv6 and IPv4 address.',
    default: '0.0.0.0',
    allowed: 'a host name or an IP address, without a port',
    pattern: /^[a-z0-9._:%-]{1,255}$/i,
  })
  readonly host!: string;

  @Text('MODEL_WEIGHTS', {
    meaning:
      'The model: a prepared folder, a local folder in the Hugging Face layout, or a hub id such as `facebook/m2m100_418M`.',
    defaultText: 'the demo model',
    allowed: 'a folder or a hub id',
    pattern: /^[^\0\n]{1,4096}$/,
  })
  readonly modelWeights: string | undefined;

  @Text('SAVE_WEIGHTS', {
    meaning:
      'A folder or mounted volume: fetch and prepare `MODEL_WEIGHTS` into it, then exit with 0. For the init container.',
    allowed: 'a folder',
    pattern: /^[^\0\n]{1,4096}$/,
  })
  readonly saveWeights: string | undefined;

  @WholeNumber('BATCH_SIZE', {
    meaning: 'Most sentences that one engine decodes at once.',
    defaultText: 'chosen from the device',
    min: 1,
    max: 4096,
  })
  readonly batchSize: number | undefined;

  @WholeNumber('APP_WORKERS', {
    meaning:
      'Engine processes. They share the weights where the graphs could be packed, and the cores while several work.',
    defaultText: '2, or 1 on a single core or where graphs could not be packed',
    min: 1,
    max: 64,
  })
  readonly appWorkers: number | undefined;

  // A page of the 418M model takes 3 MiB.
  @ByteSize('KEY_VALUE_BYTES', {
    meaning:
      'Bytes that keys and values of what is being decoded may take, over all engines; what does not fit waits.',
    defaultText: 'a quarter of the memory',
    min: 2 ** 20,
    max: 2 ** 40,
  })
  readonly keyValueBytes: number | undefined;

  @WholeNumber('BEAM_SIZE', {
    meaning: 'Beams of a request that names none; 1 is greedy search.',
    defaultText: "the model's (5)",
    min: 1,
    max: MAX_BEAM_SIZE,
  })
  readonly beamSize: number | undefined;

  @Text('DEVICE', {
    meaning:
      'Where the engine runs: `cpu`, `cuda` or `cuda:N`. A device that is asked for and not there stops the start.',
    default: 'cpu',
    allowed: '`cpu`, `cuda` or `cuda:N`',
    pattern: /^(cpu|cuda(:\d{1,3})?)$/,
  })
  readonly device!: string;

  @WholeNumber('BATCH_WINDOW_MS', {
    meaning: 'Longest wait of an idle engine for company.',
    default: 2,
    min: 0,
    max: 1000,
  })
  readonly batchWindowMs!: number;

  @WholeNumber('REQUEST_TIMEOUT_MS', {
    meaning: 'Deadline of a request; its `X-Request-Timeout-Ms` can only shorten it.',
    default: 30_000,
    min: 1,
    max: LONGEST_WAIT_MS,
  })
  readonly requestTimeoutMs!: number;

  // A body is one string in V8, which holds 2^29 − 24 characters.
  @ByteSize('BODY_LIMIT', {
    meaning: 'Largest request body.',
    default: 2 ** 21,
    min: 1,
    max: 2 ** 28,
  })
  readonly bodyLimitBytes!: number;

  @WholeNumber('MAX_RECORDS', {
    meaning: 'Most records in a request.',
    default: 1000,
    min: 1,
    max: 1_000_000,
  })
  readonly maxRecords!: number;

  @WholeNumber('MAX_TEXT_CHARS', {
    meaning: 'Longest text of a record, in UTF-16 units.',
    default: 10_000,
    min: 1,
    max: 10_000_000,
  })
  readonly maxTextChars!: number;

  @WholeNumber('MAX_QUEUE_TOKENS', {
    meaning: 'Most source tokens that may wait; what comes on top is answered with 503.',
    default: 200_000,
    min: 1,
    max: 1_000_000_000,
  })
  readonly maxQueueTokens!: number;

  @WholeNumber('MAX_QUEUE_REQUESTS', {
    meaning:
      'Most requests that may be under way, waiting or running, and most that may wait to be read; what comes on top is answered with 503.',
    default: 10_000,
    min: 1,
    max: 1_000_000,
  })
  readonly maxQueueRequests!: number;

  @OneOf('QUEUE_ORDER', {
    meaning:
      '`fair`: callers and requests take turns by source tokens; `arrival`: first come, first served.',
    default: 'fair',
    values: QUEUE_ORDERS,
  })
  readonly queueOrder!: (typeof QUEUE_ORDERS)[number];

  @ApiKeys('API_KEYS', {
    meaning:
      'Keys that callers have to send, with their shares of the engines. Where it is not set, nobody needs one.',
  })
  readonly apiKeys!: readonly ApiKey[];

  @SomeOf('DIALECTS', {
    meaning: 'APIs of other translation services that are spoken as well.',
    values: DIALECTS,
  })
  readonly dialects!: readonly DialectName[];

  @OneOf('PAGE', {
    meaning: 'Whether `GET /` is a page to translate in, for people.',
    default: 'on',
    values: SWITCH,
  })
  readonly page!: (typeof SWITCH)[number];

  @ByteSize('CACHE_BYTES', {
    meaning:
      'Bytes of finished segments that are kept, so that equal ones are translated once; 0 translates each by itself.',
    default: 0,
    defaultText: '0',
    min: 0,
    max: 2 ** 36,
  })
  readonly cacheBytes!: number;

  @WholeNumber('DRAIN_DELAY_MS', {
    meaning: 'After SIGTERM: how long to keep accepting while the load balancer learns of it.',
    default: 5000,
    min: 0,
    max: LONGEST_WAIT_MS,
  })
  readonly drainDelayMs!: number;

  @WholeNumber('DRAIN_TIMEOUT_MS', {
    meaning: 'Then: how long what runs may take to finish.',
    default: 35_000,
    min: 0,
    max: LONGEST_WAIT_MS,
  })
  readonly drainTimeoutMs!: number;

  @Text('CACHE_DIR', {
    meaning: 'Folder for the prepared demo model and downloads.',
    defaultText: "`babelserve` in the user's cache folder",
    allowed: 'a folder',
    pattern: /^[^\0\n]{1,4096}$/,
  })
  readonly cacheDir!: string;

  @Text('HF_ENDPOINT', {
    meaning: 'The Hugging Face hub, or a mirror of it, that hub ids are fetched from.',
    default: 'https://huggingface.co',
    allowed: 'a URL of http or https, without a user, a query or a fragment',
    pattern: HTTP_URL,
  })
  readonly hubEndpoint!: string;

  @SecretText('HF_TOKEN', {
    meaning: 'Access token for gated and private models. It goes to `HF_ENDPOINT` alone.',
    allowed: 'an access token: up to 512 printable ASCII characters without blanks',
    pattern: /^[\x21-\x7e]{1,512}$/,
  })
  readonly hubToken: Secret | undefined;

  @Flag('HF_HUB_OFFLINE', {
    meaning: 'Use what `CACHE_DIR` holds of a hub id, and ask no hub.',
  })
  readonly hubOffline!: boolean;

  @SecretText('HTTPS_PROXY', {
    meaning: 'Proxy for fetching from hubs over https; `https_proxy` counts as well.',
    allowed: 'the URL of an HTTP proxy, such as `http://proxy:3128`',
    pattern: PROXY_URL,
  })
  readonly httpsProxy: Secret | undefined;

  @SecretText('HTTP_PROXY', {
    meaning: 'Proxy for fetching from hubs over http; `http_proxy` counts as well.',
    allowed: 'the URL of an HTTP proxy, such as `http://proxy:3128`',
    pattern: PROXY_URL,
  })
  readonly httpProxy: Secret | undefined;

  @Text('NO_PROXY', {
    meaning:
      'Hosts that are fetched from without a proxy, between commas; `*` is all. `no_proxy` counts as well.',
    allowed: 'host names between commas',
    pattern: /^[^\0\n]{1,4096}$/,
  })
  readonly noProxy: string | undefined;

  @OneOf('LOG_LEVEL', {
    meaning: 'Least severe messages that are logged; `debug` also prints stack traces.',
    default: 'info',
    values: LOG_LEVELS,
  })
  readonly logLevel!: (typeof LOG_LEVELS)[number];

  @OneOf('LOG_TEXT', {
    meaning:
      'Whether the log shows the texts of records and their translations. They are sensitive: for debugging alone.',
    default: 'off',
    values: SWITCH,
  })
  readonly logText!: (typeof SWITCH)[number];

  @Text('OTEL_EXPORTER_OTLP_ENDPOINT', {
    meaning: 'Base URL of an OTLP collector (HTTP) that gets traces; without it there are none.',
    allowed: 'an http or https URL',
    pattern: HTTP_URL,
  })
  readonly otlpEndpoint: string | undefined;
}
