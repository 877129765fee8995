/** Files of a prepared model. `manifest.json` is written last and names all the others. */
export const PREPARED_FILES = {
  manifest: 'manifest.json',
  encoder: 'encoder.onnx',
  decoder: 'decoder.onnx',
  /**
   * External data of both graphs. One file, because both look up tokens and positions in the same tables:
   * they are on the disk once, and in memory once where the file is mapped.
   */
  weights: 'weights.data',
  sentencePiece: 'sentencepiece.bpe.model',
  vocabulary: 'vocab.json',
} as const;

/**
 * Folders of graphs packed for one processor begin with this, inside the prepared folder. They are made from the
 * files above and are no part of the model: nothing is lost where they are removed.
 */
export const PACKED_FOLDER_PREFIX = '.packed-';
