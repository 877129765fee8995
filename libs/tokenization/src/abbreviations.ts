/**
 * Words before a full stop that does not end the sentence, by language. Entries in lower case also match
 * with a capital; those with one match only so. Left out: words that often end a sentence (`etc`, `Inc`,
 * `usw`), and letters with stops between them (`e.g.`, `z. B.`, `U.S.`), which a rule covers.
 */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  bg: 'г-н г-жа проф инж ул бул гр срв напр',
  ca: 'Sr Sra Dr Dra Prof pàg núm cap',
  cs: 'Dr Ing Mgr Bc MUDr JUDr PhDr RNDr prof doc např tzv resp srov ul nám tj',
  da: 'Dr Prof Hr Fr fx bl ca jf pga mht inkl ekskl',
  de:
    'Dr Prof Hr Hrn Fr Frl Ing Dipl Mag St Str Bd Hrsg bzw ca evtl ggf vgl bspw inkl exkl zzgl abzgl ' +
    'sog geb gest verh Jh Jhd Tel Mio Mrd österr schweiz dt engl frz lat griech ehem angebl allg bes gem',
  el: 'κ κκ δρ καθ αρ σελ πρβλ βλ',
  en:
    'Mr Mrs Ms Dr Prof Rev St Mt Gen Col Capt Cpt Lt Sgt Cpl Maj Cmdr Adm Gov Sen Rep Hon Pres Supt Messrs ' +
    'Mmes vs cf viz approx',
  es: 'Sr Sra Sres Srta Dr Dra Dña Ud Uds Vd Vds Prof Lic Ing Gral Avda Sto Sta ej aprox',
  et: 'hr pr dr prof nt vt lk',
  fi: 'esim tri prof dr ks vrt huom',
  fr: 'MM Mme Mmes Mlle Mlles Dr Pr Mgr St Ste cf env',
  hr: 'dr prof gosp gđa npr tzv ul',
  hu: 'dr prof pl ill ifj özv vö',
  it: 'Sig Sigg Dott Prof Avv Ing Arch On Sen Gen Geom Rag Mons cfr ca es',
  lt: 'dr prof pvz gerb žr',
  lv: 'dr prof piem sk',
  nl: 'dhr mevr mw dr drs ir ing mr prof ds St bijv bv blz nr ca vgl incl excl',
  no: 'Dr Prof Hr Fr bl ca jf pga mht inkl',
  pl: 'dr inż mgr prof hab ul np tzn tzw tj im gen płk kpt por ks św',
  pt: 'Sr Sra Srta Dr Dra Prof Profa Eng Exmo Exma ex aprox',
  ro: 'dl dna dra dr prof ing str',
  ru: 'гг ул просп им проф акад см ср напр тыс млн млрд руб',
  sk: 'Dr Ing Mgr Bc MUDr JUDr prof doc napr tzv resp porov ul nám',
  sl: 'dr prof mag npr tj t.i ul',
  sr: 'др проф г-дин г-ђа нпр тзв ул dr prof npr tzv ul',
  sv: 'Dr Prof bl ca jfr inkl exkl',
  tr: 'Dr Prof Doç Yrd Av Sn Hz örn bkz',
  uk: 'вул просп ім проф акад див пор напр тис млн млрд грн',
};

/** Words before a full stop that go on with a number ("No. 5", "Abb. 3", "Jan. 7"), in any language. */
const BEFORE_NUMBERS: ReadonlySet<string> = new Set(
  (
    'no nos nr pp fig figs abb tab art arts vol vols ch chap sec sect kap bd abs par para num núm pág pag ' +
    'str стр рис табл гл ст jan feb mar apr jun jul aug sep sept okt oct nov dez dec'
  ).split(' '),
);

/** Languages that write a full stop after ordinal numbers: "3. Oktober", "Ludwig XIV. König". */
const ORDINAL_LANGUAGES: ReadonlySet<string> = new Set(
  'bs cs da de et fi hr hu is lb lv no pl sk sl sq sr tr'.split(' '),
);

const ABBREVIATION_SETS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(ABBREVIATIONS).map(([language, words]) => [language, new Set(words.split(' '))]),
);
const LETTERS_WITH_STOPS = /^\p{L}(?:[.-]{1,2}\p{L})+$/u;
const CASED_LETTER = /^[\p{Lu}\p{Ll}\p{Lt}]$/u;
const ORDINAL = /^(?:\d{1,2}|[IVX]{1,5})$/;
const TIME_OF_DAY = /^[ap]\.m$/i;

/**
 * Whether the full stop after `word` probably belongs to it, so that the sentence goes on. A sentence too many
 * in one segment costs less than half a sentence: doubtful cases count as yes.
 */
export function keepsFullStop(word: string, following: string, language: string): boolean {
  if (CASED_LETTER.test(word)) return !(language === 'en' && word === 'I');
  if (LETTERS_WITH_STOPS.test(word)) return !TIME_OF_DAY.test(word);
  if (ORDINAL.test(word)) return ORDINAL_LANGUAGES.has(language) && /^\p{L}/u.test(following);
  if (BEFORE_NUMBERS.has(word.toLowerCase()) && /^\d/.test(following)) return true;
  const abbreviations = ABBREVIATION_SETS.get(language);
  if (abbreviations === undefined) return false;
  return abbreviations.has(word) || abbreviations.has(word.charAt(0).toLowerCase() + word.slice(1));
}
