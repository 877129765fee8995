import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const FOLDER_NAME = 'babelserve';

/**
 * Where the user's caches belong on this system.
 *
 * Source: XDG Base Directory Specification 0.8 (a relative `XDG_CACHE_HOME` is to be ignored); Apple's
 * File System Programming Guide; Windows' known folder `LocalAppData`.
 *
 * @returns undefined where the user has no home folder.
 */
export function defaultCacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  const home = homeFolder(env);
  const base = {
    darwin: under(home, 'Library', 'Caches'),
    win32: env['LOCALAPPDATA'] ?? under(home, 'AppData', 'Local'),
  }[platform as string];
  const folder = base ?? xdgCacheHome(env) ?? under(home, '.cache');
  return under(folder, FOLDER_NAME);
}

function xdgCacheHome(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env['XDG_CACHE_HOME'];
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}

function under(folder: string | undefined, ...names: string[]): string | undefined {
  return folder === undefined ? undefined : join(folder, ...names);
}

function homeFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const fromEnvironment = env['HOME'] ?? env['USERPROFILE'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  try {
    return homedir();
  } catch {
    // A container's user may have no entry in the password file: then there is no home folder.
    return undefined;
  }
}
