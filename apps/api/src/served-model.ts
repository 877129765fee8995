import { type Manifest, readManifest } from '#libs/prepared-model';
import { M2M100Tokenizer } from '#libs/tokenization';

/** The model that the service translates with: what its folder says of it, and its tokenizer. */
export class ServedModel {
  constructor(
    readonly folder: string,
    readonly manifest: Manifest,
    readonly tokenizer: M2M100Tokenizer,
  ) {}

  /** Reads a prepared folder, weights excepted. Rejects with an `OperatorError`. */
  static async load(folder: string): Promise<ServedModel> {
    const [manifest, tokenizer] = await Promise.all([
      readManifest(folder),
      M2M100Tokenizer.load(folder),
    ]);
    return new ServedModel(folder, manifest, tokenizer);
  }
}
