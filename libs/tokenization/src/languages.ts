/**
 * How well a released model writes a language, by its published BLEU: `good` from 15, `fair` from 5, `weak`
 * from 2, `unusable` below; `unrated` where no figure was published.
 */
export type LanguageTier = 'good' | 'fair' | 'weak' | 'unusable' | 'unrated';

export interface Language {
  /** The model's own code, as in the tag `__en__`. */
  readonly code: string;
  readonly name: string;
  readonly nativeName: string;
  /** Published BLEU of M2M100 418M into the language; undefined where there is none. */
  readonly bleu: number | undefined;
  /** Holds for the released models alone: of a fork nothing is known. */
  readonly tier: LanguageTier;
}

/**
 * The languages of M2M100 in the order of their tags, each with the BLEU that its tier comes from: from
 * English on FLORES devtest; for English itself from German; on Tatoeba 2021-08-07 for az, br, fy, no, sq and
 * yi, on newstest2020 for zh, on TICO-19 for ne and sw, which the FLORES rows leave out. It is by characters
 * for ja, ko and zh, and says little for languages written without spaces (km, lo, my, th).
 *
 * Source: transformers 4.57.6, `FAIRSEQ_LANGUAGE_CODES`; Helsinki-NLP/External-MT-leaderboard,
 * `models/huggingface/facebook/m2m100_418M.scores.txt`.
 */
export const LANGUAGES: readonly Language[] = [
  language('af', 'Afrikaans', 'Afrikaans', 26.8),
  language('am', 'Amharic', 'አማርኛ', 0.4),
  language('ar', 'Arabic', 'العربية', 19.2),
  language('ast', 'Asturian', 'asturianu', 20.7),
  language('az', 'Azerbaijani', 'azərbaycanca', 7.4),
  language('ba', 'Bashkir', 'башҡортса', 0.6),
  language('be', 'Belarusian', 'беларуская', 3.5),
  language('bg', 'Bulgarian', 'български', 32.6),
  language('bn', 'Bengali', 'বাংলা', 7.3),
  language('br', 'Breton', 'brezhoneg', 0),
  language('bs', 'Bosnian', 'bosanski', 23.4),
  language('ca', 'Catalan', 'català', 35.9),
  language('ceb', 'Cebuano', 'Cebuano', 10.4),
  language('cs', 'Czech', 'čeština', 24.8),
  language('cy', 'Welsh', 'Cymraeg', 2.4),
  language('da', 'Danish', 'dansk', 36.2),
  language('de', 'German', 'Deutsch', 28.2),
  language('el', 'Greek', 'Ελληνικά', 21.5),
  language('en', 'English', 'English', 34.4),
  language('es', 'Spanish', 'español', 22.2),
  language('et', 'Estonian', 'eesti', 19.1),
  language('fa', 'Persian', 'فارسی', 19.8),
  language('ff', 'Fulah', 'Fulfulde', 0.3),
  language('fi', 'Finnish', 'suomi', 16.4),
  language('fr', 'French', 'français', 39),
  language('fy', 'Western Frisian', 'Frysk', 12.4),
  language('ga', 'Irish', 'Gaeilge', 0.1),
  language('gd', 'Scottish Gaelic', 'Gàidhlig', 1.4),
  language('gl', 'Galician', 'galego', 29.5),
  language('gu', 'Gujarati', 'ગુજરાતી', 0.2),
  language('ha', 'Hausa', 'Hausa', 2.4),
  language('he', 'Hebrew', 'עברית', 20.6),
  language('hi', 'Hindi', 'हिन्दी', 26.2),
  language('hr', 'Croatian', 'hrvatski', 23),
  language('ht', 'Haitian Creole', 'kreyòl ayisyen', 9.1),
  language('hu', 'Hungarian', 'magyar', 20.6),
  language('hy', 'Armenian', 'հայերեն', 4.4),
  language('id', 'Indonesian', 'Bahasa Indonesia', 35.9),
  language('ig', 'Igbo', 'Asụsụ Igbo', 2.5),
  language('ilo', 'Iloko', 'Ilokano', 5.5),
  language('is', 'Icelandic', 'íslenska', 11.6),
  language('it', 'Italian', 'italiano', 23.6),
  language('ja', 'Japanese', '日本語', 24.5),
  language('jv', 'Javanese', 'Basa Jawa', 11.7),
  language('ka', 'Georgian', 'ქართული', 0.4),
  language('kk', 'Kazakh', 'қазақ тілі', 1),
  language('km', 'Khmer', 'ខ្មែរ', 1.7),
  language('kn', 'Kannada', 'ಕನ್ನಡ', 0.1),
  language('ko', 'Korean', '한국어', 23.6),
  language('lb', 'Luxembourgish', 'Lëtzebuergesch', 8.4),
  language('lg', 'Ganda', 'Luganda', 0.9),
  language('ln', 'Lingala', 'lingála', 1.2),
  language('lo', 'Lao', 'ລາວ', 4),
  language('lt', 'Lithuanian', 'lietuvių', 20),
  language('lv', 'Latvian', 'latviešu', 21.6),
  language('mg', 'Malagasy', 'Malagasy'),
  language('mk', 'Macedonian', 'македонски', 25.9),
  language('ml', 'Malayalam', 'മലയാളം', 2.1),
  language('mn', 'Mongolian', 'монгол', 1.9),
  language('mr', 'Marathi', 'मराठी', 4.8),
  language('ms', 'Malay', 'Bahasa Melayu', 34.7),
  language('my', 'Burmese', 'မြန်မာ', 0.3),
  language('ne', 'Nepali', 'नेपाली', 1.6),
  language('nl', 'Dutch', 'Nederlands', 21.3),
  language('no', 'Norwegian', 'norsk', 42.9),
  language('ns', 'Northern Sotho', 'Sesotho sa Leboa'),
  language('oc', 'Occitan', 'occitan', 19.1),
  language('or', 'Odia', 'ଓଡ଼ିଆ'),
  language('pa', 'Punjabi', 'ਪੰਜਾਬੀ', 1.3),
  language('pl', 'Polish', 'polski', 16.1),
  language('ps', 'Pashto', 'پښتو', 4.2),
  language('pt', 'Portuguese', 'português', 40.3),
  language('ro', 'Romanian', 'română', 32.3),
  language('ru', 'Russian', 'русский', 22.5),
  language('sd', 'Sindhi', 'سنڌي', 3.4),
  language('si', 'Sinhala', 'සිංහල', 3.1),
  language('sk', 'Slovak', 'slovenčina', 25.6),
  language('sl', 'Slovenian', 'slovenščina', 22.1),
  language('so', 'Somali', 'Soomaali', 0.4),
  language('sq', 'Albanian', 'shqip', 35.5),
  language('sr', 'Serbian', 'српски', 25.5),
  language('ss', 'Swati', 'siSwati', 1.1),
  language('su', 'Sundanese', 'Basa Sunda', 9.4),
  language('sv', 'Swedish', 'svenska', 36.5),
  language('sw', 'Swahili', 'Kiswahili', 21),
  language('ta', 'Tamil', 'தமிழ்', 2.3),
  language('th', 'Thai', 'ไทย', 7.4),
  language('tl', 'Tagalog', 'Tagalog', 13.3),
  language('tn', 'Tswana', 'Setswana', 0.9),
  language('tr', 'Turkish', 'Türkçe', 20.3),
  language('uk', 'Ukrainian', 'українська', 21.9),
  language('ur', 'Urdu', 'اردو', 14.1),
  language('uz', 'Uzbek', 'oʻzbekcha', 0.7),
  language('vi', 'Vietnamese', 'Tiếng Việt', 33.3),
  language('wo', 'Wolof', 'Wolof', 0.6),
  language('xh', 'Xhosa', 'isiXhosa', 2.1),
  language('yi', 'Yiddish', 'ייִדיש', 0.5),
  language('yo', 'Yoruba', 'Èdè Yorùbá', 1),
  language('zh', 'Chinese', '中文', 26),
  language('zu', 'Zulu', 'isiZulu', 2.2),
];

/** What callers write for a code of the model that is no alias in ICU's data either. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['fil', 'tl'],
  ['nb', 'no'],
  ['nn', 'no'],
  ['nso', 'ns'],
]);
/** BCP 47 allows longer tags only with extensions, which name no other language. */
const MAX_TAG_LENGTH = 64;
const TAG = /^[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*$/i;

/**
 * The code among `served` that a caller's language tag means: any case, `-` or `_`, regions and scripts left
 * out (`zh-Hant-TW` is zh), old and three-letter codes mapped (`iw` is he, `deu` is de). Undefined for
 * everything else.
 */
export function resolveLanguage(
  tag: string,
  served: ReadonlySet<string> | readonly string[],
): string | undefined {
  if (tag.length > MAX_TAG_LENGTH || !TAG.test(tag)) return undefined;
  const primary = (tag.split(/[-_]/, 1)[0] ?? '').toLowerCase();
  const isServed = (code: string | undefined): boolean =>
    code !== undefined && ('has' in served ? served.has(code) : served.includes(code));
  if (isServed(primary)) return primary;
  const canonical = new Intl.Locale(primary).language;
  return [ALIASES.get(primary), canonical, ALIASES.get(canonical)].find(isServed);
}

function language(code: string, name: string, nativeName: string, bleu?: number): Language {
  return { code, name, nativeName, bleu, tier: tierOf(bleu) };
}

function tierOf(bleu: number | undefined): LanguageTier {
  if (bleu === undefined) return 'unrated';
  if (bleu >= 15) return 'good';
  if (bleu >= 5) return 'fair';
  return bleu >= 2 ? 'weak' : 'unusable';
}
