import { useCallback, useEffect, useState } from 'preact/hooks';
import {
  type LanguagePair,
  LiveTranslation,
  NO_TRANSLATION,
  type TranslationView,
} from '../live-translation.js';
import type { TranslationClient } from '../translation-client.js';

/** The translation of a text as it changes, and a function that tries again what failed. */
export function useLiveTranslation(
  client: TranslationClient,
  text: string,
  { from, to }: LanguagePair,
): [TranslationView, () => void] {
  const [view, setView] = useState(NO_TRANSLATION);
  const [live] = useState(
    () =>
      new LiveTranslation((line, pair, signal) => client.translate(line, pair, signal), setView),
  );
  useEffect(() => {
    live.update(text, { from, to });
  }, [live, text, from, to]);
  useEffect(
    () => () => {
      live.close();
    },
    [live],
  );
  const retry = useCallback(() => {
    live.retry();
  }, [live]);
  return [view, retry];
}
