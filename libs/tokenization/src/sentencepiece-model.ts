import { OperatorError } from '#libs/domain';
import { ProtobufReader } from './protobuf-reader.js';

/** What a piece may match: `normal` and `user-defined` ones match text, `control` and `unknown` never do. */
type PieceType = 'normal' | 'unknown' | 'control' | 'user-defined';

export interface SentencePiece {
  readonly text: string;
  /** Rank of the merge that makes the piece: higher merges first. */
  readonly score: number;
  readonly type: PieceType;
}

export interface NormalizerSpec {
  /** Byte size of the trie (uint32 LE), trie, NUL-terminated replacements; empty for none. */
  readonly precompiledCharsmap: Uint8Array;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
}

export interface SentencePieceModel {
  readonly pieces: readonly SentencePiece[];
  readonly normalizer: NormalizerSpec;
}

interface TrainerSpec {
  modelType: number;
  whitespaceAsSuffix: boolean;
  byteFallback: boolean;
}

type Fault = (what: string) => OperatorError;

const MODEL_TYPE_BPE = 2;
const MODEL_TYPES = new Map([
  [1, 'unigram'],
  [MODEL_TYPE_BPE, 'BPE'],
  [3, 'word'],
  [4, 'character'],
]);
/** By number in the file. Two more exist, which no model of this family has: 5 unused, 6 byte. */
const PIECE_TYPES: readonly (PieceType | undefined)[] = [
  undefined,
  'normal',
  'unknown',
  'control',
  'user-defined',
];
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a `sentencepiece.bpe.model`. `file` names it in errors. The charsmap is a view into `bytes`.
 *
 * Source: google/sentencepiece 0.2, `src/sentencepiece_model.proto` and the checks of `model_interface.cc`.
 */
export function parseSentencePieceModel(bytes: Uint8Array, file: string): SentencePieceModel {
  const fault: Fault = (what) =>
    new OperatorError(
      `${file} is not a usable SentencePiece model: ${what}. Copy it again from the checkpoint.`,
    );
  const pieces: SentencePiece[] = [];
  let trainer: TrainerSpec | undefined;
  let normalizer: NormalizerSpec | undefined;
  const reader = new ProtobufReader(bytes, fault);
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) pieces.push(readPiece(reader.bytes(), pieces.length, fault));
    else if (field === 2) trainer = readTrainerSpec(reader.bytes(), fault);
    else if (field === 3) normalizer = readNormalizerSpec(reader.bytes(), fault);
    else if (field === 5) checkDenormalizer(reader.bytes(), fault);
    else reader.skip();
  }
  // Both come after the pieces: where one is missing, the file was cut at the border of a field.
  if (trainer === undefined) throw fault('it has no trainer spec; is it cut short?');
  checkTrainerSpec(trainer, fault);
  if (normalizer === undefined) throw fault('it has no normalizer spec; is it cut short?');
  checkPieces(pieces, fault);
  return { pieces, normalizer };
}

function readPiece(message: Uint8Array, index: number, fault: Fault): SentencePiece {
  const pieceFault: Fault = (what) => fault(`piece ${index}: ${what}`);
  let text = '';
  let score = 0;
  let typeNumber = 1;
  const reader = new ProtobufReader(message, pieceFault);
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) text = decodeText(reader.bytes(), pieceFault);
    else if (field === 2) score = reader.float();
    else if (field === 3) typeNumber = reader.varint();
    else reader.skip();
  }
  const type = PIECE_TYPES[typeNumber];
  if (type === undefined) throw pieceFault(`type ${typeNumber} is not supported (1 to 4 are)`);
  if (text === '') throw pieceFault('it is empty');
  if (!Number.isFinite(score)) throw pieceFault(`its score is ${score}`);
  return { text, score, type };
}

function decodeText(bytes: Uint8Array, fault: Fault): string {
  try {
    return textDecoder.decode(bytes);
  } catch {
    throw fault('its text is not UTF-8');
  }
}

function readTrainerSpec(message: Uint8Array, fault: Fault): TrainerSpec {
  const spec = { modelType: 1, whitespaceAsSuffix: false, byteFallback: false };
  const reader = new ProtobufReader(message, fault);
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 3) spec.modelType = reader.varint();
    else if (field === 24) spec.whitespaceAsSuffix = reader.varint() !== 0;
    else if (field === 35) spec.byteFallback = reader.varint() !== 0;
    else reader.skip();
  }
  return spec;
}

function readNormalizerSpec(message: Uint8Array, fault: Fault): NormalizerSpec {
  const spec = {
    precompiledCharsmap: new Uint8Array(),
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
  };
  const reader = new ProtobufReader(message, fault);
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 2) spec.precompiledCharsmap = new Uint8Array(reader.bytes());
    else if (field === 3) spec.addDummyPrefix = reader.varint() !== 0;
    else if (field === 4) spec.removeExtraWhitespaces = reader.varint() !== 0;
    else if (field === 5) spec.escapeWhitespaces = reader.varint() !== 0;
    else reader.skip();
  }
  return spec;
}

function checkTrainerSpec(trainer: TrainerSpec, fault: Fault): void {
  if (trainer.modelType !== MODEL_TYPE_BPE) {
    const type = MODEL_TYPES.get(trainer.modelType) ?? String(trainer.modelType);
    throw fault(`its model type is ${type}; M2M100 models are BPE`);
  }
  if (trainer.whitespaceAsSuffix) {
    throw fault('it writes spaces as suffixes (treat_whitespace_as_suffix); M2M100 models do not');
  }
  if (trainer.byteFallback) {
    throw fault('it falls back to bytes (byte_fallback); M2M100 models do not');
  }
}

function checkDenormalizer(message: Uint8Array, fault: Fault): void {
  if (readNormalizerSpec(message, fault).precompiledCharsmap.length > 0) {
    throw fault('it has denormalization rules; M2M100 models have none');
  }
}

function checkPieces(pieces: readonly SentencePiece[], fault: Fault): void {
  const matched = new Set<string>();
  const reserved = new Set<string>();
  let unknowns = 0;
  for (const { text, type } of pieces) {
    const names = type === 'normal' || type === 'user-defined' ? matched : reserved;
    if (names.has(text)) throw fault(`the piece ${JSON.stringify(text)} is there twice`);
    names.add(text);
    if (type === 'unknown') unknowns++;
  }
  if (unknowns !== 1) throw fault(`it has ${unknowns} unknown pieces; it needs exactly 1`);
}
