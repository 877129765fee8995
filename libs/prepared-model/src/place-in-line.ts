import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '#libs/domain';
import { fileFaultCode } from './file-fault.js';
import { isAlive, ownMark, type ProcessMark } from './process-mark.js';

const SIGN_OF_LIFE_MS = 10_000;
/** Network file systems may show a sign a minute late. */
const SILENCE_MS = 90_000;
const POLL_MS = 100;
/** A file name has at most 255 bytes. */
const MAX_NAME_LENGTH = 32;
const ENTRY =
  /^\.([A-Za-z0-9-]+)\.(\d+)\.([0-9a-f]+)\.([0-9a-f]{8})\.(new|\d{1,15})\.(.*)\.partial$/s;

/** How whoever waits is told of it, and ends it early. */
export interface Waiting {
  /** Told once, in a sentence, where there is somebody to wait for. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Where it aborts, the waiting ends with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A folder `.<host>.<pid>.<start>.<unique>.<ticket>.<name>.partial`: a process that wants `name`. */
interface Entry {
  readonly path: string;
  readonly mark: ProcessMark;
  readonly unique: string;
  /** Undefined while it is being chosen. */
  readonly ticket: number | undefined;
}

/**
 * A folder of its own that a process fills while all others who want the same name wait, on any machine that
 * sees the file system. Folders of processes that have ended are removed.
 *
 * Nobody ever removes a name that another process may take, so there is no lock to be left behind or broken.
 * Source: L. Lamport, 1974, "A new solution of Dijkstra's concurrent programming problem" (the bakery).
 */
export class PlaceInLine {
  private constructor(
    readonly path: string,
    private readonly signsOfLife: NodeJS.Timeout,
  ) {}

  /**
   * Waits in `parent` for the turn to make `name`. Rejects with an `OperatorError` where a process of this
   * machine holds the place and shows no sign of life.
   */
  static async take(
    parent: string,
    name: string,
    waiting: Waiting,
    silenceMs = SILENCE_MS,
  ): Promise<PlaceInLine> {
    const shortName = name.slice(0, MAX_NAME_LENGTH);
    const mark = await ownMark();
    const unique = randomUUID().slice(0, 8);
    const choosing = entryPath(parent, mark, unique, 'new', shortName);
    await mkdir(choosing);
    let place: PlaceInLine | undefined;
    try {
      const taken = await listEntries(parent, shortName);
      const ticket = Math.max(0, ...taken.map((entry) => entry.ticket ?? 0)) + 1;
      const path = entryPath(parent, mark, unique, ticket, shortName);
      await rename(choosing, path);
      place = new PlaceInLine(path, showSignsOfLife(path));
      const line = new Line(parent, shortName, { path, mark, unique, ticket }, silenceMs);
      await line.waitForTurn(waiting);
      return place;
    } catch (error) {
      await place?.leave();
      await rm(choosing, { recursive: true, force: true });
      throw error;
    }
  }

  /** Removes what processes left that have surely ended, without a place in the line. */
  static async removeAbandoned(parent: string, name: string): Promise<void> {
    for (const { path, mark } of await listEntries(parent, name.slice(0, MAX_NAME_LENGTH)))
      if ((await isAlive(mark)) === false) await rm(path, { recursive: true, force: true });
  }

  /** Removes the folder, if it is still there, and lets the next one in. */
  async leave(): Promise<void> {
    clearInterval(this.signsOfLife);
    await rm(this.path, { recursive: true, force: true });
  }
}

/** The line as one process in it sees it. */
class Line {
  /** When each of the others last changed, by our own clock. */
  readonly #lastSigns = new Map<string, { readonly mtimeMs: number; readonly seenAtMs: number }>();

  constructor(
    private readonly parent: string,
    private readonly name: string,
    private readonly own: Entry,
    private readonly silenceMs: number,
  ) {}

  async waitForTurn({ onNotice, signal }: Waiting): Promise<void> {
    let isWaiting = false;
    for (;;) {
      signal?.throwIfAborted();
      const holder = await this.#findAhead();
      if (holder === undefined) return;
      const { host, processId } = holder.mark;
      if (!isWaiting)
        onNotice?.(`Waiting for process ${processId} on ${host}, which writes to the same folder.`);
      isWaiting = true;
      await delay(POLL_MS);
    }
  }

  /** Somebody ahead who lives; the dead are removed on the way. */
  async #findAhead(): Promise<Entry | undefined> {
    for (const entry of await listEntries(this.parent, this.name)) {
      if (!this.#isAhead(entry)) continue;
      if (await this.#isLiving(entry)) return entry;
      await rm(entry.path, { recursive: true, force: true });
    }
    return undefined;
  }

  #isAhead({ unique, ticket }: Entry): boolean {
    if (unique === this.own.unique) return false;
    if (ticket === undefined || this.own.ticket === undefined) return true;
    return ticket === this.own.ticket ? unique < this.own.unique : ticket < this.own.ticket;
  }

  async #isLiving({ path, mark }: Entry): Promise<boolean> {
    const alive = await isAlive(mark);
    if (alive === false) return false;
    const mtimeMs = await modifiedAtMs(path);
    if (mtimeMs === undefined) return false;
    const last = this.#lastSigns.get(path);
    if (last?.mtimeMs !== mtimeMs) {
      this.#lastSigns.set(path, { mtimeMs, seenAtMs: performance.now() });
      return true;
    }
    if (performance.now() - last.seenAtMs < this.silenceMs) return true;
    if (alive === undefined) return false;
    throw new OperatorError(
      `Process ${mark.processId} has held ${path} for ${Math.round(this.silenceMs / 1000)} s without a sign of life. ` +
        'End it, and try again.',
    );
  }
}

function entryPath(
  parent: string,
  { host, processId, start }: ProcessMark,
  unique: string,
  ticket: number | 'new',
  name: string,
): string {
  return join(parent, `.${host}.${processId}.${start}.${unique}.${ticket}.${name}.partial`);
}

async function listEntries(parent: string, name: string): Promise<Entry[]> {
  // A folder that is renamed while the list is read may not be in it; it is renamed only once.
  const names = new Set([...(await readdir(parent)), ...(await readdir(parent))]);
  return [...names].flatMap((file) => {
    const [, host, id, start, unique, ticket, entryName] = ENTRY.exec(file) ?? [];
    if (host === undefined || start === undefined || unique === undefined) return [];
    if (entryName !== name) return [];
    return {
      path: join(parent, file),
      mark: { host, processId: Number(id), start },
      unique,
      ticket: ticket === 'new' ? undefined : Number(ticket),
    };
  });
}

function showSignsOfLife(path: string): NodeJS.Timeout {
  const show = (): void => {
    const now = new Date();
    // One that fails is made up for by the next.
    utimes(path, now, now).catch(() => undefined);
  };
  return setInterval(show, SIGN_OF_LIFE_MS).unref();
}

async function modifiedAtMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (fileFaultCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
