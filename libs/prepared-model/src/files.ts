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
