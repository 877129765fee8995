import { OperatorError } from '#libs/domain';

/** Ids with a meaning of their own, the same in every checkpoint of the family. */
export const SPECIAL_TOKENS = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3 } as const;

/** `vocab.json`: token ids by piece, dense from 0. */
export type Vocabulary = ReadonlyMap<string, number>;

/** `file` names it in errors. */
export function parseVocabulary(json: string, file: string): Vocabulary {
  const fault = (what: string, cause?: unknown): OperatorError =>
    new OperatorError(
      `${file} is not a usable vocabulary: ${what}. Copy it again from the checkpoint.`,
      cause === undefined ? undefined : { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw fault('it is not JSON; is it cut short?', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault('it is not an object of pieces and ids');
  }
  const entries = Object.entries(value);
  const pieceOfId = new Array<string | undefined>(entries.length);
  const vocabulary = new Map<string, number>();
  for (const [piece, id] of entries as [string, unknown][]) {
    // Language tags follow the last id: a hole or a larger id would shift or meet them.
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= entries.length) {
      throw fault(
        `the id of ${JSON.stringify(piece)} is ${JSON.stringify(id)}; ids are whole numbers ` +
          `from 0 to ${entries.length - 1}, as it has ${entries.length} entries`,
      );
    }
    const other = pieceOfId[id as number];
    if (other !== undefined) {
      throw fault(
        `${JSON.stringify(other)} and ${JSON.stringify(piece)} share the id ${id as number}`,
      );
    }
    pieceOfId[id as number] = piece;
    vocabulary.set(piece, id as number);
  }
  for (const [piece, id] of Object.entries(SPECIAL_TOKENS)) {
    const found = vocabulary.get(piece);
    if (found !== id)
      throw fault(`the id of "${piece}" is ${found ?? 'missing'}; it must be ${id}`);
  }
  return vocabulary;
}
