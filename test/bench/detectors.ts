import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Gives codes of languages, best first, as the library writes them. */
type Detect = (text: string) => Iterable<string> | Promise<Iterable<string>>;

interface DetectorRecipe {
  readonly name: string;
  readonly package: string;
  /** Within the package. */
  readonly entry: string;
  /** What is loaded: its code and its data, within the package. */
  readonly files: readonly string[];
  readonly open: (library: never) => Detect | Promise<Detect>;
}

export interface Detector {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly loadedBytes: number;
  readonly installedBytes: number;
  readonly detect: Detect;
}

type Scores = readonly (readonly [code: string, score: number])[];

const eld = (size: string): DetectorRecipe => ({
  name: `eld, ${size}`,
  package: 'eld',
  entry: `src/entries/static.${size}.js`,
  files: [`src/ngrams/${size}.js`],
  open: (library: { eld: { detect(text: string): { getScores(): Record<string, number> } } }) => {
    return (text) => Object.keys(library.eld.detect(text).getScores());
  },
});

const tinyld = (size: string): DetectorRecipe => ({
  name: `tinyld, ${size}`,
  package: 'tinyld',
  entry: `dist/tinyld.${size}.node.mjs`,
  files: [`dist/tinyld.${size}.node.mjs`],
  open: (library: { detectAll(text: string): { lang: string }[] }) => {
    return (text) => library.detectAll(text).map(({ lang }) => lang);
  },
});

const RECIPES: readonly DetectorRecipe[] = [
  ...['extrasmall', 'small', 'medium', 'large'].map(eld),
  ...['light', 'normal', 'heavy'].map(tinyld),
  {
    name: 'franc',
    package: 'franc',
    entry: 'index.js',
    files: ['index.js', 'data.js', 'expressions.js'],
    open: (library: { francAll(text: string, options: { minLength: number }): Scores }) => {
      return (text) => library.francAll(text, { minLength: 1 }).map(([code]) => code);
    },
  },
  {
    name: 'lande',
    package: 'lande',
    entry: 'standalone/t50.js',
    files: ['standalone'],
    open: (library: { default: (text: string) => Scores }) => {
      return (text) => library.default(text).map(([code]) => code);
    },
  },
  {
    name: 'cld3-asm',
    package: 'cld3-asm',
    entry: 'dist/cjs/index.js',
    files: ['dist/cjs/lib/node'],
    open: async (library: {
      loadModule(): Promise<{
        create(least: number, most: number): { findLanguage(text: string): { language: string } };
      }>;
    }) => {
      const identifier = (await library.loadModule()).create(0, 1000);
      return (text) => [identifier.findLanguage(text).language];
    },
  },
  {
    name: 'fasttext.wasm.js (lid.176)',
    package: 'fasttext.wasm.js',
    entry: 'dist/main/node.mjs',
    files: [
      'dist/core/fastText.node.wasm',
      'dist/models/language-identification/assets/lid.176.ftz',
    ],
    open: async (library: {
      getLIDModel(): Promise<{
        load(): Promise<unknown>;
        identify(text: string): Promise<{ alpha3: string }>;
      }>;
    }) => {
      const model = await library.getLIDModel();
      await model.load();
      return async (text) => [(await model.identify(text)).alpha3];
    },
  },
];

/** Opens the libraries that are to be compared, as `npm install` has put them into `folder`. */
export async function openDetectors(folder: string): Promise<Detector[]> {
  const detectors: Detector[] = [];
  for (const { entry, files, name, open, package: packageName } of RECIPES) {
    const root = join(folder, 'node_modules', packageName);
    const { license = 'in its files', version } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as { version: string; license?: string };
    const library = (await import(pathToFileURL(join(root, entry)).href)) as never;
    detectors.push({
      name,
      version,
      licence: license,
      loadedBytes: files.reduce((sum, file) => sum + sizeOf(join(root, file)), 0),
      installedBytes: sizeOf(root),
      detect: await open(library),
    });
  }
  return detectors;
}

function sizeOf(path: string): number {
  if (statSync(path).isFile()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
