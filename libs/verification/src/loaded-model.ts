import type { ModelPort, PolicyLimits } from '#libs/decoding';
import type { Manifest } from '#libs/prepared-model';
import type { M2M100Tokenizer } from '#libs/tokenization';

/** A prepared model, loaded. */
export interface LoadedModel {
  readonly manifest: Manifest;
  readonly tokenizer: M2M100Tokenizer;
  readonly port: ModelPort;
  readonly limits: PolicyLimits;
}
