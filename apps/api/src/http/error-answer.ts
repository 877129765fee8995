import type { TranslationError } from '#libs/domain';

/** How an error is put to a client. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mediaType: string;
  readonly body: object;
}

/** Puts errors at some addresses in other words than problem details. */
export interface ErrorForm {
  /** Whether the path, without a query, is one of these addresses. */
  owns(path: string): boolean;
  answerTo(error: TranslationError): ErrorAnswer;
}
