import type { DialectName } from '#libs/config';
import type { Dialect } from './dialect.js';
import { LIBRETRANSLATE } from './libretranslate/libretranslate.dialect.js';

const ALL: readonly Dialect[] = [LIBRETRANSLATE];

export function dialectsOf(names: readonly DialectName[]): Dialect[] {
  return ALL.filter(({ name }) => names.includes(name));
}
