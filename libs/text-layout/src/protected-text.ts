import { ATOM, type Mark, type Passage, PassageBuilder } from './passage.js';

/** Names of variables in the languages and formats that programs are translated in. */
const PLACEHOLDERS = [
  // Weblate's own.
  String.raw`\[X\d{1,9}X\]`,
  String.raw`<x id="\d{1,9}"(?:></x>|\s?/>)`,
  String.raw`\{\{[^{}\n\ufffc]{1,100}\}\}`,
  String.raw`[$#%]?\{[^{}\s\ufffc]{0,100}\}`,
  String.raw`%\(\w{1,100}\)[#0+-]*\d*(?:\.\d+)?[a-z]`,
  String.raw`(?<![\d%])%(?:\d{1,2}\$)?[#0+'-]*\d{0,4}(?:\.\d{1,4})?(?:hh?|ll?|[Lzjt])?[diouxXeEfFgGaAcCsSp@](?![A-Za-z])`,
];

const ADDRESSES = [
  String.raw`(?<![\p{L}\p{N}])(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|www\.)[^\s<>"\u201c\u201d\u201e\u300c-\u300f\u3001\u3002\uff0c\ufffc\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]+`,
  String.raw`(?<![\p{L}\p{N}._%+-])(?:mailto:)?[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+`,
];

/** Names of people and of subjects in social networks. */
const HANDLES = [
  String.raw`(?<![\p{L}\p{N}_@/])@\w{1,64}(?:[.-]\w{1,64}){0,4}(?:@\w{1,64}(?:[.-]\w{1,64}){1,9})?`,
  String.raw`(?<![\p{L}\p{N}_#&/])#(?=[\p{N}_]*\p{L})[\p{L}\p{M}\p{N}_]{1,100}`,
];

/** Written out, in a plain text or where a text tells of markup. */
const TAG = /<(\/?)([A-Za-z][\w:-]{0,30})(?:\s[^<>\n\ufffc]{0,200})?>/g;
const WORDLIKE = new RegExp([...PLACEHOLDERS, ...ADDRESSES, ...HANDLES].join('|'), 'gu');
/** Emoji, and their names as chats write them. TypeScript's target does not know the flag `v` yet. */
const PICTURES = new RegExp(
  String.raw`\p{RGI_Emoji}|(?<![\p{L}\p{N}:]):(?=[\w+\-]*[a-z])[\w+\-]{2,50}:(?![\p{L}\p{N}:])`,
  'giv',
);
const END_OF_ADDRESS = /[.,;:!?'*_~\u2019\u2026)\]}]/u;
const OPENING: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);
const BRACKETS: ReadonlySet<string> = new Set(OPENING.values());

interface ProtectedRange {
  readonly start: number;
  readonly end: number;
  readonly role: 'atom' | Exclude<Mark['role'], 'blank'>;
  /** Of tags. */
  readonly name?: string;
}

/** Whether there is anything in a plain text that a translation has to keep. */
export function hasProtectedText(text: string): boolean {
  return (
    text.includes(ATOM) || [WORDLIKE, TAG, PICTURES].some((pattern) => text.search(pattern) >= 0)
  );
}

/** Makes placeholders, addresses, tags and emoji in a passage atoms and marks. Linear. */
export function protectText(passage: Passage): Passage {
  const ranges = findProtected(readableText(passage)).flatMap((range) =>
    splitAtBorders(range, passage.marks),
  );
  if (ranges.length === 0) return passage;
  const copy = new PassageCopy(passage);
  for (const range of ranges) copy.takeOver(range);
  return copy.finish();
}

/** With symbols in their places: an address may be written with `&amp;`. */
function readableText({ symbols, text }: Passage): string {
  if (symbols.size === 0) return text;
  return Array.from(text.split(''), (unit, index) => symbols.get(index) ?? unit).join('');
}

function findProtected(text: string): ProtectedRange[] {
  const ranges: ProtectedRange[] = [];
  for (const { 0: match, index } of text.matchAll(WORDLIKE)) {
    const isAddress = /^(?:\w[\w+.-]*:\/\/|www\.)/.test(match);
    const end = index + (isAddress ? addressLength(match) : match.length);
    ranges.push({ start: index, end, role: 'atom' });
  }
  for (const { 0: match, 1: slash, 2: name, index } of text.matchAll(TAG)) {
    const role = match.endsWith('/>') ? 'point' : slash === '/' ? 'close' : 'open';
    ranges.push({ start: index, end: index + match.length, role, name: name ?? '' });
  }
  for (const { 0: match, index } of text.matchAll(PICTURES))
    ranges.push({ start: index, end: index + match.length, role: 'point' });
  ranges.sort((one, other) => one.start - other.start);
  let done = 0;
  return ranges.filter(({ start, end }) => {
    const isFree = start >= done;
    if (isFree) done = end;
    return isFree;
  });
}

/** Marks at the end belong to the sentence, but for brackets that the address opened. */
function addressLength(address: string): number {
  const surplus = new Map<string, number>();
  for (const character of address) {
    if (BRACKETS.has(character)) surplus.set(character, (surplus.get(character) ?? 0) + 1);
    const opening = OPENING.get(character);
    if (opening !== undefined) surplus.set(opening, (surplus.get(opening) ?? 0) - 1);
  }
  let { length } = address;
  for (; length > 0 && END_OF_ADDRESS.test(address.charAt(length - 1)); length--) {
    const opening = OPENING.get(address.charAt(length - 1));
    if (opening === undefined) continue;
    const opened = surplus.get(opening) ?? 0;
    if (opened >= 0) break;
    surplus.set(opening, opened + 1);
  }
  return length;
}

/** A range with tags in it that do not end in it cannot be one thing: it is parted at them. */
function splitAtBorders(range: ProtectedRange, marks: readonly Mark[]): ProtectedRange[] {
  const within = marksWithin(marks, range);
  const depth = { now: 0, isNested: true };
  for (const { role } of within) {
    if (role === 'open') depth.now++;
    if (role === 'close') depth.isNested &&= --depth.now >= 0;
  }
  if (depth.isNested && depth.now === 0) return [range];
  const cuts = [range.start, ...new Set(within.map(({ at }) => at)), range.end];
  return cuts.slice(1).map((end, index) => ({ ...range, start: cuts[index] ?? 0, end }));
}

function marksWithin(marks: readonly Mark[], { start, end }: ProtectedRange): Mark[] {
  let first = 0;
  for (let last = marks.length; first < last;) {
    const middle = (first + last) >> 1;
    if ((marks[middle]?.at ?? 0) > start) last = middle;
    else first = middle + 1;
  }
  let last = first;
  while ((marks[last]?.at ?? end) < end) last++;
  return marks.slice(first, last);
}

/** A passage that is copied up to what is to be protected, and on behind it. */
class PassageCopy {
  readonly #copy = new PassageBuilder();
  #unit = 0;
  #mark = 0;

  constructor(private readonly passage: Passage) {}

  takeOver({ start, end, role, name }: ProtectedRange): void {
    this.#copyUntil(start);
    this.#copyMarksUntil(start);
    let source = '';
    for (; this.#unit < end; this.#unit++) {
      source += this.#marksUntil(this.#unit)
        .map((mark) => (mark.role === 'blank' ? '' : mark.source))
        .join('');
      source += this.passage.written[this.#unit] ?? '';
    }
    if (role === 'atom') this.#copy.addAtom(source);
    else this.#copy.addMark(role, source, name);
  }

  finish(): Passage {
    this.#copyUntil(this.passage.text.length);
    this.#copyMarksUntil(this.passage.text.length);
    return this.#copy.build(this.passage.write);
  }

  #copyUntil(end: number): void {
    const { symbols, text, written } = this.passage;
    for (; this.#unit < end; this.#unit++) {
      this.#copyMarksUntil(this.#unit);
      const unit = text.charAt(this.#unit);
      const source = written[this.#unit] ?? '';
      if (unit === ATOM) this.#copy.addAtom(source, symbols.get(this.#unit));
      else this.#copy.addUnit(unit, source);
    }
  }

  #copyMarksUntil(end: number): void {
    for (const { role, source, name } of this.#marksUntil(end))
      this.#copy.addMark(role, source, name);
  }

  #marksUntil(end: number): Mark[] {
    const { marks } = this.passage;
    const start = this.#mark;
    while ((marks[this.#mark]?.at ?? Infinity) <= end) this.#mark++;
    return marks.slice(start, this.#mark);
  }
}
