/** Files of a prepared model beside `manifest.json`. */
export const PREPARED_FILES = {
  manifest: 'manifest.json',
  encoder: 'encoder.onnx',
  encoderData: 'encoder.onnx.data',
  decoder: 'decoder.onnx',
  decoderData: 'decoder.onnx.data',
  sentencePiece: 'sentencepiece.bpe.model',
  vocabulary: 'vocab.json',
} as const;
