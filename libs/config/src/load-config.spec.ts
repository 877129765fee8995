import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { AppConfig } from './app-config.js';
import { findDoubts, loadConfig } from './load-config.js';
import { Secret } from './secret.js';
import { settingsOf } from './setting.js';

const HOME = { HOME: '/home/ada' };

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig({ ...HOME, ...env }, 'linux');
  } catch (error) {
    if (error instanceof OperatorError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const plain = (config: AppConfig): AppConfig => Object.assign({}, config);
const firstWord = (sentence: string): string | undefined => sentence.split(' ')[0];

describe('loadConfig', () => {
  it('gives the defaults of the contract where nothing is set', () => {
    expect(plain(loadConfig(HOME, 'linux'))).toEqual({
      port: 9527,
      host: '0.0.0.0',
      modelWeights: undefined,
      saveWeights: undefined,
      batchSize: undefined,
      appWorkers: undefined,
      keyValueBytes: undefined,
      beamSize: undefined,
      device: 'cpu',
      batchWindowMs: 2,
      requestTimeoutMs: 30_000,
      bodyLimitBytes: 2_097_152,
      maxRecords: 1000,
      maxTextChars: 10_000,
      maxQueueTokens: 200_000,
      maxQueueRequests: 10_000,
      queueOrder: 'fair',
      apiKeys: [],
      dialects: ['libretranslate', 'deepl', 'immersive'],
      page: 'on',
      cacheBytes: 0,
      drainDelayMs: 5000,
      drainTimeoutMs: 35_000,
      cacheDir: '/home/ada/.cache/babelserve',
      hubEndpoint: 'https://huggingface.co',
      hubToken: undefined,
      hubOffline: false,
      httpsProxy: undefined,
      httpProxy: undefined,
      noProxy: undefined,
      logLevel: 'info',
      logText: 'off',
      otlpEndpoint: undefined,
    });
  });

  it('reads every variable', () => {
    const config = loadConfig({
      PORT: '8080',
      HOST: '::1',
      MODEL_WEIGHTS: 'facebook/m2m100_418M',
      SAVE_WEIGHTS: '/models/prepared',
      BATCH_SIZE: '32',
      APP_WORKERS: '2',
      KEY_VALUE_BYTES: '1.5GiB',
      BEAM_SIZE: '1',
      DEVICE: 'cpu',
      BATCH_WINDOW_MS: '0',
      REQUEST_TIMEOUT_MS: '10000',
      BODY_LIMIT: '500kB',
      MAX_RECORDS: '5',
      MAX_TEXT_CHARS: '20',
      MAX_QUEUE_TOKENS: '1000',
      MAX_QUEUE_REQUESTS: '50',
      QUEUE_ORDER: 'arrival',
      API_KEYS: 'shop:0123456789abcdef:2',
      DIALECTS: 'None',
      PAGE: 'off',
      CACHE_BYTES: '64MiB',
      DRAIN_DELAY_MS: '0',
      DRAIN_TIMEOUT_MS: '20000',
      CACHE_DIR: '/cache',
      HF_ENDPOINT: 'https://mirror.example/hf',
      HF_TOKEN: 'hf_abc',
      HF_HUB_OFFLINE: 'YES',
      HTTPS_PROXY: 'http://ada:pass@proxy:3128',
      HTTP_PROXY: 'http://proxy:3128/',
      NO_PROXY: 'localhost,.example',
      LOG_LEVEL: 'DEBUG',
      LOG_TEXT: 'On',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    });
    expect(plain(config)).toEqual({
      port: 8080,
      host: '::1',
      modelWeights: 'facebook/m2m100_418M',
      saveWeights: '/models/prepared',
      batchSize: 32,
      appWorkers: 2,
      keyValueBytes: 1_610_612_736,
      beamSize: 1,
      device: 'cpu',
      batchWindowMs: 0,
      requestTimeoutMs: 10_000,
      bodyLimitBytes: 500_000,
      maxRecords: 5,
      maxTextChars: 20,
      maxQueueTokens: 1000,
      maxQueueRequests: 50,
      queueOrder: 'arrival',
      apiKeys: [expect.objectContaining({ name: 'shop', share: 2 })],
      dialects: [],
      page: 'off',
      cacheBytes: 67_108_864,
      drainDelayMs: 0,
      drainTimeoutMs: 20_000,
      cacheDir: '/cache',
      hubEndpoint: 'https://mirror.example/hf',
      hubToken: new Secret('hf_abc'),
      hubOffline: true,
      httpsProxy: new Secret('http://ada:pass@proxy:3128'),
      httpProxy: new Secret('http://proxy:3128/'),
      noProxy: 'localhost,.example',
      logLevel: 'debug',
      logText: 'on',
      otlpEndpoint: 'http://collector:4318',
    });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig(HOME))).toBe(true);
  });

  it('names the variable, the value and what is allowed', () => {
    expect(faultsOf({ PORT: '99999' })).toEqual([
      'PORT is "99999"; it is a whole number from 0 to 65535.',
    ]);
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '80.5'],
    ['PORT', '-1'],
    ['PORT', '0x50'],
    ['PORT', '8080 8081'],
    ['HOST', 'http://localhost'],
    ['BATCH_SIZE', '0'],
    ['APP_WORKERS', 'two'],
    ['KEY_VALUE_BYTES', '0'],
    ['KEY_VALUE_BYTES', '1000kB'],
    ['KEY_VALUE_BYTES', 'half'],
    ['BEAM_SIZE', '11'],
    ['DEVICE', 'tpu'],
    ['DEVICE', 'cuda:'],
    ['BATCH_WINDOW_MS', '1e2'],
    ['REQUEST_TIMEOUT_MS', '0'],
    ['REQUEST_TIMEOUT_MS', 'Infinity'],
    ['BODY_LIMIT', '2 megabytes'],
    ['BODY_LIMIT', '0'],
    ['BODY_LIMIT', '1GiB'],
    ['MAX_RECORDS', '1,000'],
    ['MAX_QUEUE_TOKENS', '99999999999999999999'],
    ['DRAIN_DELAY_MS', '5s'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_TEXT', 'some'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['MODEL_WEIGHTS', 'a\nb'],
    ['HF_ENDPOINT', 'huggingface.co'],
    ['HF_ENDPOINT', 'ftp://huggingface.co'],
    ['HF_ENDPOINT', 'https://ada:pass@huggingface.co'],
    ['HF_HUB_OFFLINE', 'maybe'],
  ])('refuses %s=%j', (variable, value) => {
    const faults = faultsOf({ [variable]: value }).join('\n');
    expect(faults).toContain(`${variable} is "${value}"; it is `);
  });

  it('refuses a list of keys without showing it', () => {
    const [fault] = faultsOf({ API_KEYS: 'shop:secret' });
    expect(fault).toMatch(/^API_KEYS is not name:key or/);
    expect(fault).not.toContain('secret');
  });

  it('reports all faults at once, one line each', () => {
    const faults = faultsOf({ PORT: 'x', LOG_LEVEL: 'loud', BODY_LIMIT: '-' });
    expect(faults.map(firstWord)).toEqual(['PORT', 'BODY_LIMIT', 'LOG_LEVEL']);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig({ ...HOME, PORT: '', MODEL_WEIGHTS: ' ', CACHE_DIR: '' }, 'linux')).toEqual(
      loadConfig(HOME, 'linux'),
    );
  });

  it('ignores variables that it does not know', () => {
    const env = { ...HOME, PATH: '/bin', port: '1', constructor: 'x', toString: 'y' };
    expect(loadConfig(env as Record<string, string>, 'linux')).toEqual(loadConfig(HOME, 'linux'));
  });

  it('doubts settings that defeat each other, without refusing them', () => {
    const config = loadConfig({
      ...HOME,
      REQUEST_TIMEOUT_MS: '500',
      BATCH_WINDOW_MS: '500',
      DRAIN_TIMEOUT_MS: '499',
      BODY_LIMIT: '1kB',
      KEY_VALUE_BYTES: '8GiB',
    });
    expect(findDoubts(config, 2 ** 33).map(firstWord)).toEqual([
      'KEY_VALUE_BYTES',
      'BATCH_WINDOW_MS',
      'DRAIN_TIMEOUT_MS',
      'BODY_LIMIT',
    ]);
    expect(findDoubts(loadConfig(HOME))).toEqual([]);
    const fitting = loadConfig({ ...HOME, KEY_VALUE_BYTES: '8GiB' });
    expect(findDoubts(fitting, 2 ** 33 + 1)).toEqual([]);
  });
});

describe('secrets', () => {
  const env = { ...HOME, HF_TOKEN: 'hf_abc', HTTPS_PROXY: 'http://ada:pass@proxy:3128' };

  it('are not shown by anything that writes the configuration', () => {
    const config = loadConfig(env, 'linux');
    for (const text of [JSON.stringify(config), inspect(config), String(config.hubToken)])
      expect(text).not.toMatch(/hf_abc|ada:pass/);
    expect(config.hubToken?.reveal()).toBe('hf_abc');
  });

  it.each([
    ['HF_TOKEN', 'hf abc'],
    ['HTTPS_PROXY', 'http://ada:pass word@proxy'],
    ['HTTP_PROXY', 'ada:pässword@proxy:3128'],
  ])('are not shown where %s is refused', (variable, value) => {
    const [fault, ...others] = faultsOf({ [variable]: value });
    expect(others).toEqual([]);
    expect(fault).toMatch(new RegExp(`^${variable} is not `));
    expect(fault).not.toContain(value);
  });
});

describe('the variables of proxies', () => {
  it('are taken in lower case, too, where the upper-case one is not set', () => {
    const lower = { https_proxy: 'http://lower:1', no_proxy: 'lower' };
    expect(loadConfig({ ...HOME, ...lower }).httpsProxy?.reveal()).toBe('http://lower:1');
    const both = loadConfig({ ...HOME, ...lower, HTTPS_PROXY: 'http://upper:1', NO_PROXY: '' });
    expect([both.httpsProxy?.reveal(), both.noProxy]).toEqual(['http://upper:1', 'lower']);
  });
});

describe('the table of settings', () => {
  it('has a row for each property of AppConfig, each with its own variable', () => {
    const settings = settingsOf(AppConfig);
    expect(settings.map(({ property }) => property)).toEqual(Object.keys(loadConfig(HOME)));
    expect(new Set(settings.map(({ variable }) => variable)).size).toBe(settings.length);
  });
});

describe('the default cache folder', () => {
  it.each([
    ['linux', { HOME: '/home/ada', XDG_CACHE_HOME: '/var/cache/ada' }, '/var/cache/ada/babelserve'],
    ['linux', { HOME: '/home/ada', XDG_CACHE_HOME: 'relative' }, '/home/ada/.cache/babelserve'],
    ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Caches/babelserve'],
    ['win32', { LOCALAPPDATA: '/Local', USERPROFILE: '/ada' }, '/Local/babelserve'],
    ['win32', { USERPROFILE: '/ada' }, '/ada/AppData/Local/babelserve'],
  ] as const)('on %s with %j', (platform, env, folder) => {
    expect(loadConfig(env, platform).cacheDir).toBe(folder);
  });
});
