/**
 * Why waiting sentences join when they do: nothing runs; they are many beside those that run; the first of
 * them has waited long; to encode them costs the others little; in a full engine, waiting on would cost more.
 */
export type AdmissionReason = 'idle' | 'ratio' | 'max_wait' | 'cheap' | 'break_even';

/** Something that the loop has done, for those who watch it. */
export type LoopEvent =
  | { readonly kind: 'admitted'; readonly sentences: number; readonly why: AdmissionReason }
  | {
      readonly kind: 'encoded';
      /** Source tokens, padding excluded. */
      readonly tokens: number;
      /** Source tokens, padding included. */
      readonly places: number;
      readonly encodeMs: number;
      /** To lay the encoder's output into the running batch. */
      readonly mergeMs: number;
    }
  | { readonly kind: 'stepped'; readonly rows: number; readonly stepMs: number }
  | {
      readonly kind: 'finished';
      readonly sentences: number;
      /** Of the best hypotheses. */
      readonly targetTokens: number;
    };
