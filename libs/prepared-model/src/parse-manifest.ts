import { join } from 'node:path';
import { findGenerationOptionsFault, type GenerationOptions, OperatorError } from '#libs/domain';
import { PREPARED_FILES } from './files.js';
import { type IntegerRange, JsonFields } from './json-fields.js';
import { parseJson, readBoundedText } from './json-file.js';
import {
  type FileEntry,
  type Manifest,
  type ModelShape,
  PREPARED_FORMAT_VERSION,
  type SpecialTokens,
} from './manifest.js';
import { RELEASES } from './release.js';
import { SELF_TEST_SIZE, type SelfTest, type SelfTestStep } from './self-test.js';

const MAX_MANIFEST_BYTES = 1024 * 1024;
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** Exports may lie in a folder of the checkpoint. */
const SOURCE_FILE_NAME = /^(?:onnx\/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const ORIGIN = /^[\w.-]{1,96}\/[\w.-]{1,96}@[0-9a-f]{40}$/;
const MAX_SELF_TEST_TOKENS = 64;
const POSITIVE = { min: 1, max: 2 ** 31 - 1 };

/** Reads and checks `manifest.json` of a prepared folder. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, PREPARED_FILES.manifest);
  return parseManifest(await readBoundedText(path, MAX_MANIFEST_BYTES), path);
}

/**
 * Checks an untrusted manifest. What it cannot be is an `OperatorError` that begins with `where`; a
 * manifest of another format version is refused before anything else of it is read.
 */
export function parseManifest(json: string, where: string): Manifest {
  const fields = JsonFields.of(parseJson(json, where), where);
  const formatVersion = fields.integer('formatVersion', { min: 1, max: Number.MAX_SAFE_INTEGER });
  if (formatVersion !== PREPARED_FORMAT_VERSION)
    throw new OperatorError(
      `${where}: the model was prepared in format ${formatVersion}, and this release reads ` +
        `format ${PREPARED_FORMAT_VERSION}. Prepare it again from its source.`,
    );
  const shape = parseShape(fields.child('shape'), where);
  const source = fields.child('source');
  return {
    formatVersion,
    family: fields.oneOf('family', ['m2m100', 'small100']),
    release: fields.value('release') === undefined ? undefined : fields.oneOf('release', RELEASES),
    precision: fields.oneOf('precision', ['fp32', 'int8']),
    shape,
    tokens: parseTokens(fields.child('tokens'), shape),
    languages: parseLanguages(fields),
    generation: parseGeneration(fields.child('generation'), where),
    selfTest: parseSelfTest(fields.child('selfTest'), shape),
    source: {
      kind: source.oneOf('kind', ['safetensors', 'torch', 'onnx']),
      files: parseFiles(source.child('files'), SOURCE_FILE_NAME),
      origin:
        source.value('origin') === undefined
          ? undefined
          : source.string('origin', ORIGIN, 'the name of a model on a hub, "@" and a commit'),
    },
    files: parsePreparedFiles(fields, where),
  };
}

function parseShape(fields: JsonFields, where: string): ModelShape {
  const shape: ModelShape = {
    modelDim: fields.integer('modelDim', POSITIVE),
    heads: fields.integer('heads', POSITIVE),
    headSize: fields.integer('headSize', POSITIVE),
    encoderLayers: fields.integer('encoderLayers', POSITIVE),
    decoderLayers: fields.integer('decoderLayers', POSITIVE),
    feedForwardDim: fields.integer('feedForwardDim', POSITIVE),
    vocabularySize: fields.integer('vocabularySize', POSITIVE),
    maxPositions: fields.integer('maxPositions', POSITIVE),
  };
  const { modelDim, heads, headSize } = shape;
  if (heads * headSize !== modelDim)
    throw new OperatorError(
      `${where}: ${heads} heads of ${headSize} do not make the modelDim ${modelDim}. ` +
        'The file is damaged; prepare the model again.',
    );
  return shape;
}

function parseTokens(fields: JsonFields, shape: ModelShape): SpecialTokens {
  const id = (name: keyof SpecialTokens): number =>
    fields.integer(name, { min: 0, max: shape.vocabularySize - 1 });
  return {
    bos: id('bos'),
    pad: id('pad'),
    eos: id('eos'),
    unk: id('unk'),
    decoderStart: id('decoderStart'),
  };
}

function parseLanguages(fields: JsonFields): string[] {
  const languages = fields.strings('languages', /^[a-z]{2,3}$/, 'language codes such as "de"');
  const rising = languages.every((code, i) => i === 0 || (languages[i - 1] ?? '') < code);
  if (languages.length === 0 || !rising)
    fields.refuse('languages', 'a list of at least one code, sorted, each once');
  return languages;
}

function parseGeneration(fields: JsonFields, where: string): GenerationOptions {
  const options: GenerationOptions = {
    beamSize: fields.number('beamSize'),
    maxLength: fields.number('maxLength'),
    lengthPenalty: fields.number('lengthPenalty'),
    earlyStopping: fields.oneOf('earlyStopping', [true, false, 'never']),
    minNewTokens: fields.number('minNewTokens'),
    noRepeatNgramSize: fields.number('noRepeatNgramSize'),
    repetitionPenalty: fields.number('repetitionPenalty'),
    numHypotheses: fields.number('numHypotheses'),
  };
  const fault = findGenerationOptionsFault(options);
  if (fault !== undefined) throw new OperatorError(`${where}: generation: ${fault}`);
  return options;
}

function parseSelfTest(fields: JsonFields, shape: ModelShape): SelfTest {
  const token = { min: 0, max: shape.vocabularySize - 1 };
  const targetTokenIds = fields.integers('targetTokenIds', token, SELF_TEST_SIZE.steps);
  const steps = fields
    .children('steps', SELF_TEST_SIZE.steps)
    .map((step) => parseSelfTestStep(step, token));
  if (steps.length !== targetTokenIds.length)
    fields.refuse('steps', `a list of ${targetTokenIds.length}, as many as targetTokenIds has`);
  const roundingError = fields.number('roundingError');
  if (!(roundingError >= 0)) fields.refuse('roundingError', 'a number from 0 on');
  return {
    sourceTokenIds: fields.integers('sourceTokenIds', token, MAX_SELF_TEST_TOKENS),
    targetTokenIds,
    steps,
    roundingError,
  };
}

function parseSelfTestStep(fields: JsonFields, token: IntegerRange): SelfTestStep {
  const tokenIds = fields.integers('tokenIds', token, SELF_TEST_SIZE.candidates);
  const logProbabilities = fields.numbers('logProbabilities', tokenIds.length);
  return { tokenIds, logProbabilities };
}

function parsePreparedFiles(
  fields: JsonFields,
  where: string,
): Readonly<Record<string, FileEntry>> {
  const files = parseFiles(fields.child('files'), FILE_NAME);
  for (const name of Object.values(PREPARED_FILES))
    if (name !== PREPARED_FILES.manifest && files[name] === undefined)
      throw new OperatorError(
        `${where}: files lacks ${name}. The file is damaged; prepare the model again.`,
      );
  return files;
}

function parseFiles(fields: JsonFields, fileName: RegExp): Readonly<Record<string, FileEntry>> {
  const entries = fields.names().map((name): [string, FileEntry] => {
    // A name is joined to the folder later: it must not lead out of it.
    if (!fileName.test(name)) fields.refuse(name, 'listed under a plain file name');
    const entry = fields.child(name);
    const bytes = entry.integer('bytes', { min: 0, max: Number.MAX_SAFE_INTEGER });
    const sha256 = entry.string('sha256', /^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
    return [name, { bytes, sha256 }];
  });
  return Object.fromEntries(entries);
}
