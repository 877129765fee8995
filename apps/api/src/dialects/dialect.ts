import type { DialectName } from '#libs/config';
import type { ErrorForm } from '../http/error-answer.js';

/** The addresses of another translation service's API, and how it behaves there. */
export interface Dialect extends ErrorForm {
  readonly name: DialectName;
  /** Headers of every answer at the path, errors included. */
  headersAt(path: string, requestId: string): Readonly<Record<string, string>>;
  /** Whether bodies at the path may be forms. */
  takesFormsAt(path: string): boolean;
  /** Why nothing can be had at the path, whatever is sent; undefined where something can. */
  refusalAt(path: string): string | undefined;
}
