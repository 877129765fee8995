import type { Release } from '#libs/prepared-model';

/** What others have published of a model, to be met by ours. */
export interface GoldenValues {
  readonly encodings: readonly GoldenEncoding[];
  readonly logits: GoldenLogits;
  readonly translations: readonly GoldenTranslation[];
}

export interface GoldenEncoding {
  readonly text: string;
  readonly language: string;
  /** With the language's tag and the end token. */
  readonly ids: readonly number[];
}

export interface GoldenLogits {
  readonly sourceTokenIds: readonly number[];
  readonly targetTokenIds: readonly number[];
  /** Logits of the tokens 0, 1, 2, … after each of the first target tokens. */
  readonly rows: readonly (readonly number[])[];
  /** In fp32; it holds the rounding of the published figures. */
  readonly tolerance: number;
}

/** By beam search as the checkpoint's settings have it. */
export interface GoldenTranslation {
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly source: string;
  readonly target: string;
}

/** Encodings with English as the source, without its tag and the end token. */
const ENGLISH_ENCODINGS: readonly (readonly [string, readonly number[]])[] = [
  [
    'In my opinion, there are two levels of response from the French government.',
    [593, 1949, 115781, 4, 71586, 4234, 60633, 126233, 432, 123808, 15592, 1197, 117132, 120618, 5],
  ],
  ['A test', [58, 4183]],
  ['How are you doing?', [34226, 4234, 8251, 123047, 24]],
  ["You should've done this", [14921, 119092, 12, 470, 111108, 15911]],
  ['The company was founded in 2016.', [1658, 66486, 1513, 118728, 241, 28, 8860]],
  [
    "A\n'll !!to?'d''d of, can't.",
    [58, 244, 2279, 9403, 428, 72956, 173, 8471, 173, 432, 4, 3154, 12, 88, 5],
  ],
  ['This\n\nis\na\ntest.', [36606, 117, 8, 4183, 5]],
  ['UNwantéd,running', [6984, 108054, 7151, 4, 18634, 656]],
  ['1\u00002\ufffd3', [161, 4163, 339, 205]],
  ['Hello World', [65761, 10581]],
  ['hello world', [110013, 55185]],
  ['生活的真谛是', [22, 8523, 80, 10418, 3, 775]],
  ['Hi  Hello', [7676, 65761]],
  [
    'I bought an apple for $1.00 at the store.',
    [203, 127797, 48, 722, 6857, 193, 4352, 2023, 1365, 120, 1197, 9160, 5],
  ],
  ['you…  ', [8251, 26]],
  ['you…\u00a0\u00a0', [8251, 26]],
  ['weird ～ edge ～ case', [1710, 13067, 22, 14691, 1500, 568, 22, 14691, 24306]],
  ['▁This ▁is ▁a ▁test ▁.', [36606, 117, 8, 4183, 237]],
  ['I perhaps went there', [203, 3, 117292, 71586]],
  [' \t\n ', []],
];

const ENGLISH_TAG = 128_022;
const END = 2;

/**
 * Sources: transformers 4.57.6, `tests/models/m2m_100/test_modeling_m2m_100.py` (logits, translations) and
 * `test_tokenization_m2m_100.py` (the first encoding); transformers.js,
 * `tests/models/m2m_100/test_tokenization_m2m_100.js` (the others).
 */
const M2M100_418M: GoldenValues = {
  encodings: ENGLISH_ENCODINGS.map(([text, ids]) => ({
    text,
    language: 'en',
    ids: [ENGLISH_TAG, ...ids, END],
  })),
  logits: {
    sourceTokenIds: [128028, 98, 12, 30527, 2732, 159, 7755, 61904, 39144, 38, 2],
    targetTokenIds: [2, 128028, 98],
    rows: [
      [-1.0448, -1.0411, 3.7992],
      [-3.2191, -3.2386, -1.3451],
      [-3.621, -3.5993, 0.4925],
    ],
    tolerance: 0.001,
  },
  translations: [
    {
      source: "L'affaire NSA souligne l'absence totale de débat sur le renseignement",
      target: 'The NSA case highlights the total absence of intelligence debate',
    },
    {
      source: 'Selon moi, il y a deux niveaux de réponse de la part du gouvernement français.',
      target: 'I think there are two levels of response from the French government.',
    },
    {
      source:
        "Lorsque François Hollande téléphone à Barack Obama ou quand le ministre des affaires étrangères Laurent Fabius convoque l'ambassadeur des Etats-Unis, ils réagissent à une vraie découverte, qui est celle de l'ampleur de la surveillance américaine sur l'ensemble des communications en France.",
      target:
        'When François Hollande calls Barack Obama or when Foreign Minister Laurent Fabius calls the U.S. Ambassador, they respond to a real discovery, which is that of the scale of U.S. surveillance on all communications in France.',
    },
  ].map((pair) => ({ ...pair, sourceLanguage: 'fr', targetLanguage: 'en' })),
};

/** By release. Of the others no values are at hand. */
export const GOLDEN_VALUES: ReadonlyMap<Release, GoldenValues> = new Map([
  ['facebook/m2m100_418M', M2M100_418M],
]);
