import { createHash, type Hash } from 'node:crypto';

/** What a hub says of a file's content. */
export interface ContentHash {
  /** `sha256` of what lies in LFS or Xet; `git-sha1`, the id of a git blob, of all other files. */
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/**
 * A hash to be fed with the `bytes` bytes of a file.
 *
 * Source: Pro Git, 10.2 "Git Internals - Git Objects": a blob's id is the SHA-1 of a header and the content.
 */
export function startHash({ algorithm }: ContentHash, bytes: number): Hash {
  return algorithm === 'sha256'
    ? createHash('sha256')
    : createHash('sha1').update(`blob ${bytes}\0`);
}
