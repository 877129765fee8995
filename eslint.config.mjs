import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Language features and calls that have one right place, each with what to use instead. */
const banned = {
  processEnv: {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Read configuration through AppConfig (libs/config).',
  },
  mathRandom: {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Use a seeded generator (libs/testing) or crypto.randomUUID.',
  },
  defaultExport: {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name.',
  },
  clock: {
    selector:
      "CallExpression[callee.object.name=/^(Date|performance)$/][callee.property.name='now']",
    message: 'A pure library takes its clock as a parameter.',
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'test/boundaries/planted/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', banned.processEnv, banned.mathRandom, banned.defaultExport],
    },
  },
  {
    files: ['libs/{domain,decoding,tokenization}/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...Object.values(banned)],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'A pure library has no timers.' },
      ],
    },
  },
  {
    files: ['libs/config/src/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', banned.mathRandom, banned.defaultExport],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'libs/testing/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', banned.mathRandom, banned.defaultExport],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['*.config.ts', '*.mjs', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
);
