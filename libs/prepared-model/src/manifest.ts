import type { GenerationOptions } from '#libs/domain';
import type { Precision } from './precision.js';
import type { SelfTest } from './self-test.js';

/**
 * Version of what `prepare` writes: graphs, external data, manifest. It goes up with every change that
 * makes older folders unreadable or different; a folder of another version is prepared anew.
 */
export const PREPARED_FORMAT_VERSION = 12;

export type ModelFamily = 'm2m100' | 'small100';
/** A checkpoint as its makers released it, by its name on the hub. */
export type Release = 'facebook/m2m100_418M' | 'facebook/m2m100_1.2B';

/** Sizes of the network, all read from the checkpoint. */
export interface ModelShape {
  readonly modelDim: number;
  readonly heads: number;
  readonly headSize: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly feedForwardDim: number;
  readonly vocabularySize: number;
  /** Longest source or target in tokens: rows of the position table less the two that are never used. */
  readonly maxPositions: number;
}

/** Ids with a meaning of their own. */
export interface SpecialTokens {
  readonly bos: number;
  readonly pad: number;
  readonly eos: number;
  readonly unk: number;
  readonly decoderStart: number;
}

export interface FileEntry {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface ModelSource {
  readonly kind: 'safetensors' | 'torch' | 'onnx';
  /** Hashes of the files that the weights and the vocabulary were read from, by file name. */
  readonly files: Readonly<Record<string, FileEntry>>;
  /** Where they come from a hub: `owner/name@commit`. */
  readonly origin?: string | undefined;
}

/** `manifest.json` of a prepared model. */
export interface Manifest {
  readonly formatVersion: number;
  readonly family: ModelFamily;
  /** Where the weights are those that were released: what was published of them holds. */
  readonly release?: Release | undefined;
  readonly precision: Precision;
  readonly shape: ModelShape;
  readonly tokens: SpecialTokens;
  /** Codes of the languages served, sorted. */
  readonly languages: readonly string[];
  /** The checkpoint's `generation_config.json` over Hugging Face's defaults. */
  readonly generation: GenerationOptions;
  readonly selfTest: SelfTest;
  readonly source: ModelSource;
  /** Every other file of the folder, by name. */
  readonly files: Readonly<Record<string, FileEntry>>;
}
