/**
 * The arrows of docs/ARCHITECTURE.md. `test/boundaries` plants violations and expects each rule to bite.
 * Each library lists the libraries that it may import; everything else between libraries is an error.
 */
const libraries = {
  domain: [],
  config: ['domain'],
  observability: ['domain'],
  tokenization: ['domain'],
  detection: ['domain', 'tokenization'],
  'text-layout': ['tokenization'],
  'prepared-model': ['domain'],
  decoding: ['domain'],
  inference: ['domain', 'config', 'observability', 'prepared-model', 'decoding'],
  batching: ['domain', 'config', 'observability', 'inference'],
  'model-hub': ['domain', 'config', 'prepared-model'],
  'model-compiler': ['domain', 'tokenization', 'prepared-model'],
  'load-testing': ['domain'],
  verification: [
    'domain',
    'tokenization',
    'prepared-model',
    'decoding',
    'inference',
    'model-compiler',
  ],
};

const source = '^(?:test/boundaries/planted/)?';
const tests = '\\.(spec|int-spec|e2e-spec|bench)\\.ts$';

const libraryRules = Object.entries(libraries).map(([name, allowed]) => ({
  name: `${name}-imports`,
  comment: `libs/${name} may import: ${allowed.join(', ') || 'no library'}.`,
  severity: 'error',
  from: { path: `${source}libs/${name}/`, pathNot: tests },
  to: { path: `${source}libs/`, pathNot: `${source}libs/(${[name, ...allowed].join('|')})/` },
}));

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'libraries-know-no-app',
      severity: 'error',
      from: { path: `${source}libs/` },
      to: { path: `${source}apps/` },
    },
    {
      name: 'index-only',
      comment: 'Another library is imported as #libs/<name>, through its index.ts.',
      severity: 'error',
      from: { path: `${source}(libs|apps)/([^/]+)/` },
      to: {
        path: `${source}libs/`,
        pathNot: [`${source}$1/$2/`, `${source}libs/[^/]+/src/index\\.ts$`],
      },
    },
    {
      name: 'page-stands-alone',
      comment: 'apps/page runs in browsers: of ours it shares nothing, of others Preact alone.',
      severity: 'error',
      from: { path: `${source}apps/page/src/`, pathNot: tests },
      to: { pathNot: [`${source}apps/page/src/`, '^node_modules/preact/'] },
    },
    {
      name: 'nobody-imports-the-page',
      severity: 'error',
      from: { pathNot: `${source}apps/page/` },
      to: { path: `${source}apps/page/` },
    },
    {
      name: 'onnxruntime-only-in-its-adapter',
      severity: 'error',
      from: { pathNot: `${source}libs/inference/src/onnx/` },
      to: { path: 'onnxruntime' },
    },
    {
      name: 'rxjs-only-in-batching',
      comment: 'Nest interceptors are RxJS by their type.',
      severity: 'error',
      from: { pathNot: [`${source}libs/batching/`, '\\.interceptor\\.ts$'] },
      to: { path: 'node_modules/rxjs' },
    },
    {
      name: 'nest-only-at-the-edges',
      comment: 'Pure code has no role suffix and no framework.',
      severity: 'error',
      from: {
        path: `${source}(apps|libs)/`,
        pathNot: [
          '/main\\.ts$',
          '\\.(module|controller|service|dto|filter|guard|pipe|interceptor|middleware|decorator|logger|health|document)\\.ts$',
          tests,
        ],
      },
      to: { path: 'node_modules/@nestjs' },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: { path: `${source}(apps|libs)/`, pathNot: [tests, `${source}libs/testing/`] },
      to: { path: `${source}libs/testing/` },
    },
    ...libraryRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'types', 'node', 'default'],
    },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
