import type { DialectName } from '#libs/config';
import { DEEPL } from './deepl/deepl.dialect.js';
import type { Dialect } from './dialect.js';
import { IMMERSIVE } from './immersive/immersive.dialect.js';
import { LIBRETRANSLATE } from './libretranslate/libretranslate.dialect.js';

const ALL: readonly Dialect[] = [LIBRETRANSLATE, DEEPL, IMMERSIVE];

export function dialectsOf(names: readonly DialectName[]): Dialect[] {
  return ALL.filter(({ name }) => names.includes(name));
}
