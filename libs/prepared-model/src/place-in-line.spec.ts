import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { PlaceInLine } from './place-in-line.js';

const HOST = hostname().replace(/[^A-Za-z0-9]/g, '-');
const SHORT_SILENCE_MS = 1000;

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'place-in-line-'));
});
afterEach(() => rm(parent, { recursive: true }));

/** A folder as a process makes it that wants `model`. */
async function makePlace(host: string, processId: number, start = 'abc'): Promise<string> {
  const name = `.${host}.${processId}.${start}.0000000f.1.model.partial`;
  await mkdir(join(parent, name));
  return name;
}

/** Source: proc(5), `/proc/PID/stat`, field 22. */
async function startOf(processId: number): Promise<string> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]).toString(16);
}

/** Waits until the process's line in `/proc` says `words`. */
async function untilProcStat(processId: number, words: string): Promise<void> {
  while (!(await readFile(`/proc/${processId}/stat`, 'utf8')).includes(words)) await delay(5);
}

describe('PlaceInLine', () => {
  it('lets one in at a time, everybody in the end, and leaves nothing', async () => {
    let inside = 0;
    let served = 0;
    const visit = async (): Promise<void> => {
      const place = await PlaceInLine.take(parent, 'model', {});
      expect(++inside).toBe(1);
      await writeFile(join(place.path, 'file'), '');
      inside--;
      served++;
      await place.leave();
    };
    await Promise.all(Array.from({ length: 20 }, visit));
    expect(served).toBe(20);
    expect(await readdir(parent)).toEqual([]);
  });

  it('keeps names apart', async () => {
    const first = await PlaceInLine.take(parent, 'a.b', {});
    const others = ['b', 'a', 'a.b.c', '.a.b', ''];
    for (const name of others) await (await PlaceInLine.take(parent, name, {})).leave();
    await first.leave();
  });

  it('removes what ended processes left, and nothing else', async () => {
    // A process that has surely ended, and whose id this machine does not give out again at once.
    const { pid } = spawnSync(process.execPath, ['--version']);
    await makePlace(HOST, pid);
    // An earlier process with the id of a running one: in a container ids start from 1 again.
    await makePlace(HOST, process.pid, '1');
    await makePlace(HOST, process.ppid, '1');
    const others = ['.a.1.b.model.partial', '.model.notes.partial', 'model'];
    for (const name of others) await mkdir(join(parent, name));
    const place = await PlaceInLine.take(parent, 'model', {});
    await place.leave();
    expect((await readdir(parent)).sort()).toEqual([...others].sort());
  });

  it.runIf(process.platform === 'linux')('knows a killed process that nobody buried', async () => {
    // The shell becomes a program that never asks after its child; before, it would.
    const parentProcess = spawn('sh', ['-c', 'sleep 30 & echo $!; exec sleep 30']);
    const [line] = (await parentProcess.stdout.take(1).toArray()) as Buffer[];
    const child = Number(line);
    await untilProcStat(parentProcess.pid!, '(sleep)');
    process.kill(child);
    await untilProcStat(child, ') Z ');
    await makePlace(HOST, child, await startOf(child));
    await (await PlaceInLine.take(parent, 'model', {})).leave();
    parentProcess.kill();
    expect(await readdir(parent)).toEqual([]);
  });

  it('says whom it waits for, once, and stops when the signal aborts', async () => {
    const holder = await PlaceInLine.take(parent, 'model', {});
    const controller = new AbortController();
    const notices: string[] = [];
    const waiting = PlaceInLine.take(parent, 'model', {
      signal: controller.signal,
      onNotice: (notice) => {
        notices.push(notice);
        controller.abort(new Error('enough'));
      },
    });
    await expect(waiting).rejects.toThrow('enough');
    expect(notices).toEqual([
      `Waiting for process ${process.pid} on ${HOST}, which writes to the same folder.`,
    ]);
    await holder.leave();
    expect(await readdir(parent)).toEqual([]);
  });

  it('waits for a process of another machine as long as it shows signs of life', async () => {
    const name = await makePlace('elsewhere', 1);
    let beats = 0;
    const beat = setInterval(() => {
      if (++beats > 15) clearInterval(beat);
      else utimes(join(parent, name), beats, beats).catch(() => undefined);
    }, SHORT_SILENCE_MS / 10);
    const place = await PlaceInLine.take(parent, 'model', {}, SHORT_SILENCE_MS);
    await place.leave();
    expect(beats).toBeGreaterThanOrEqual(15);
    expect(await readdir(parent)).toEqual([]);
  });

  it('refuses where a process of this machine holds the place and shows none', async () => {
    const start = process.platform === 'linux' ? await startOf(process.ppid) : 'abc';
    const name = await makePlace(HOST, process.ppid, start);
    const taken = PlaceInLine.take(parent, 'model', {}, SHORT_SILENCE_MS);
    await expect(taken).rejects.toThrow(OperatorError);
    await expect(taken).rejects.toThrow(
      new RegExp(`^Process ${process.ppid} has held .* without a sign of life. End it`),
    );
    expect(await readdir(parent)).toEqual([name]);
  });
});
