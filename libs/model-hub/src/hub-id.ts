/** A model on a Hugging Face hub. */
export interface HubId {
  /** `owner/name`. */
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

const DEFAULT_REVISION = 'main';
const NAME = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9_][\w.-]{0,95}$/;
const REVISION = /^[A-Za-z0-9_][\w./-]{0,199}$/;

/**
 * Reads `owner/name` or `owner/name@revision`. A relative path may look the same: whoever has both to
 * choose from looks for the folder first.
 *
 * @returns undefined where the text is no hub id.
 */
export function parseHubId(text: string): HubId | undefined {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? DEFAULT_REVISION : text.slice(at + 1);
  // The hub allows neither ".." nor "--" in names; both would mean something in the paths of the cache.
  const isId = NAME.test(name) && REVISION.test(revision) && !/\.\.|--/.test(name);
  return isId && !revision.includes('..') ? { name, revision } : undefined;
}

/** Whether the revision is a commit in full, which always means the same content. */
export function isCommit({ revision }: HubId): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

export function formatHubId({ name, revision }: HubId): string {
  return `${name}@${revision}`;
}
