import { availableCores, defaultEngineLimits, OnnxModel, runSelfTest } from '#libs/inference';
import { type Manifest, PREPARED_FILES, readManifest, verifyFiles } from '#libs/prepared-model';
import { M2M100Tokenizer } from '#libs/tokenization';
import { checkEncodings, checkLogits, checkTranslations } from './golden-checks.js';
import type { GoldenValues } from './golden-values.js';
import type { LoadedModel } from './loaded-model.js';
import { type Check, checkOf, type VerificationReport } from './report.js';
import { checkSource, checkSourceParity } from './source-parity.js';

export interface VerifyOptions {
  /** A prepared model. */
  readonly folder: string;
  /** The checkpoint that it was prepared from, where it is at hand. */
  readonly source?: string | undefined;
  /** What was published of it, where it is a release. */
  readonly golden?: { readonly release: string; readonly values: GoldenValues } | undefined;
  /** Called as each check begins, and while files are hashed. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly stage: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Everything that can be found out about a prepared model: its files against its manifest, its graphs against
 * the source weights and against published values. A folder whose files are damaged is not loaded. Rejects
 * with an `OperatorError` where the folder is no prepared model.
 */
export async function verifyPrepared(options: VerifyOptions): Promise<VerificationReport> {
  const { folder, source, golden } = options;
  const manifest = await readManifest(folder);
  const files = await checkFiles(options, manifest);
  const origin =
    source === undefined
      ? undefined
      : await checkSource(
          source,
          manifest,
          countBytes(options, 'hash the source', manifest.source.files),
        );
  const isWhole = files.outcome === 'passed';
  const checks = [
    files,
    ...(origin === undefined ? [] : [origin]),
    ...(isWhole
      ? await checkModel(options, manifest, origin?.outcome === 'passed')
      : [leftOut('self-test', 'damaged files are not loaded')]),
  ];
  return {
    folder,
    family: manifest.family,
    precision: manifest.precision,
    release: golden?.release,
    checks,
    passed: checks.every(({ outcome }) => outcome !== 'different'),
  };
}

async function checkFiles(options: VerifyOptions, manifest: Manifest): Promise<Check> {
  const onBytes = countBytes(options, 'hash the files', manifest.files);
  const differences = [
    ...(await verifyFiles(options.folder, manifest, onBytes)),
    ...findForeignCopies(manifest),
  ];
  const count = Object.keys(manifest.files).length;
  return checkOf('files', differences, {
    passed: `${count} files are as in the manifest`,
    different: `${differences.length} of ${count} files are not as in the manifest`,
  });
}

/**
 * The tokenizer's files are copies of the source's, and no computation shows that they are others: a vocabulary with
 * changed ids translates into other words, fluently.
 */
function findForeignCopies({ files, source }: Manifest): string[] {
  return [PREPARED_FILES.sentencePiece, PREPARED_FILES.vocabulary]
    .filter((name) => files[name]?.sha256 !== source.files[name]?.sha256)
    .map((name) => `${name} is another than that of the source, by the manifest itself.`);
}

/** Loads the model, and lets it compute. */
async function checkModel(
  { folder, source, golden }: VerifyOptions,
  manifest: Manifest,
  isSourceAtHand: boolean,
): Promise<Check[]> {
  const tokenizer = await M2M100Tokenizer.load(folder);
  const port = await OnnxModel.load(folder, { threads: await availableCores() });
  try {
    const model: LoadedModel = { manifest, tokenizer, port, limits: defaultEngineLimits() };
    const checks = [await checkSelfTest(model)];
    if (source !== undefined && isSourceAtHand) checks.push(await checkSourceParity(model, source));
    else
      checks.push(leftOut('parity', 'the source weights are not at hand; name them with --source'));
    if (golden !== undefined) {
      checks.push(checkEncodings(model, golden.values.encodings));
      checks.push(await checkLogits(model, golden.values.logits));
      checks.push(await checkTranslations(model, golden.values.translations));
    }
    return checks;
  } finally {
    await port.release();
  }
}

async function checkSelfTest({ port, manifest, limits }: LoadedModel): Promise<Check> {
  const { passed, difference, bound } = await runSelfTest(port, manifest.selfTest, limits);
  return {
    name: 'self-test',
    outcome: passed ? 'passed' : 'different',
    summary: `log-probabilities are off by ${difference.toExponential(1)} on average; ${bound.toExponential(1)} is allowed`,
    details: [],
  };
}

function leftOut(name: Check['name'], summary: string): Check {
  return { name, outcome: 'left-out', summary, details: [] };
}

function countBytes(
  { onProgress }: VerifyOptions,
  stage: string,
  files: Manifest['files'],
): (bytes: number) => void {
  const totalBytes = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
  let doneBytes = 0;
  onProgress?.({ stage, doneBytes, totalBytes });
  return (bytes) => {
    doneBytes += bytes;
    onProgress?.({ stage, doneBytes, totalBytes });
  };
}
