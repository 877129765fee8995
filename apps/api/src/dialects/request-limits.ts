/** What is allowed of a request. */
export interface RequestLimits {
  readonly maxTextChars: number;
  readonly maxRecords: number;
  /** Codes of the model. */
  readonly languages: readonly string[];
}
