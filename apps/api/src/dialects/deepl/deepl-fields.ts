import type { TranslationError } from '#libs/domain';
import { invalid, type RequestValues } from '../request-values.js';

/** Undefined where it is missing or empty. */
export function textOf(values: RequestValues, name: string): string | undefined {
  const value = values.get(name) ?? '';
  if (typeof value !== 'string') throw unsupported(name);
  return value === '' ? undefined : value;
}

/** What a value stands for, in any case; undefined where there is none. */
export function choose<Choice>(
  values: RequestValues,
  name: string,
  choices: ReadonlyMap<string, Choice>,
): Choice | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const choice = choices.get(value.toLowerCase());
  if (choice === undefined) throw unsupported(name);
  return choice;
}

/** In JSON a boolean, in a form 0 or 1; also as words. */
export function readFlag(values: RequestValues, name: string, byDefault = false): boolean {
  const value = values.get(name) ?? '';
  if (value === '') return byDefault;
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === '1' || value === 'true') return true;
  if (value === 0 || value === '0' || value === 'false') return false;
  throw unsupported(name);
}

export function unsupported(name: string): TranslationError {
  return invalid(`Value for '${name}' not supported.`);
}
