import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { RunningService } from '../support/service.js';
import { Crowd } from './crowd.js';
import { BOTH_FORMS, PATIENT, type FaultRow, linuxOnly } from './fault-row.js';
import { Probes } from './probes.js';

const CALLERS = 16;

const drain: FaultRow = {
  number: '5',
  fault: 'SIGTERM under load',
  forms: BOTH_FORMS,
  run: async (form) => {
    const service = await RunningService.start({
      ...PATIENT,
      DRAIN_DELAY_MS: '2000',
      DRAIN_TIMEOUT_MS: PATIENT.REQUEST_TIMEOUT_MS,
    });
    const crowd = await Crowd.meet(service);
    const probes = new Probes(service);
    const load = crowd.keepAsking(CALLERS);
    await crowd.untilAnswered(form === 'short' ? 50 : 1000);
    // A standing engine: on a quick machine, too, there is work left when the delay ends.
    const engineId = service.lastEngineId;
    process.kill(engineId, 'SIGSTOP');
    const accepted = crowd.ask();
    const startedAtMs = performance.now();
    const exitCode = service.stop();
    await probes.untilReady(false);
    await probes.stop();
    while (!service.log.includes('finishing what was accepted')) await delay(5);
    const tooLate = await Promise.all(Array.from({ length: 10 }, () => crowd.ask()));
    const lastOfLoad = load.stop();
    process.kill(engineId, 'SIGCONT');
    for (const outcome of tooLate)
      expect(outcome).toMatchObject({ status: 503, connection: 'close' });
    expect(await accepted).toMatchObject({ status: 200, connection: 'close' });
    await lastOfLoad;
    expect(await exitCode).toBe(0);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    crowd.leave();
    expect([...crowd.tally.refused]).toEqual([['503 draining', 10]]);
    const notes = `all that was accepted is answered; what comes after the delay gets 503 and \`Connection: close\`; exit 0 after ${seconds} s`;
    return { tally: crowd.tally, notes };
  },
};

const secondSignal: FaultRow = {
  number: '7',
  fault: 'a second SIGTERM while draining',
  forms: ['long'],
  run: async () => {
    const service = await RunningService.start({ DRAIN_DELAY_MS: '60000' });
    const crowd = await Crowd.meet(service);
    const probes = new Probes(service);
    const exitCode = service.stop();
    await probes.untilReady(false);
    await probes.stop();
    await crowd.ask();
    const startedAtMs = performance.now();
    service.process.kill('SIGTERM');
    expect(await exitCode).toBe(143);
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeLessThan(1000);
    crowd.leave();
    return { tally: crowd.tally, notes: `exit 143 after ${tookMs.toFixed(0)} ms` };
  },
};

/** Debian's package `faketime`. */
const FAKETIME_LIBRARIES = [
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`,
  '/usr/lib64/faketime/libfaketimeMT.so.1',
];

function faketimeLibrary(): string | undefined {
  return FAKETIME_LIBRARIES.find((path) => existsSync(path));
}

/** By how many days the clock of the service is ahead of ours. */
async function daysAhead({ url }: RunningService): Promise<number> {
  const date = (await fetch(`${url}/livez`)).headers.get('date') ?? '';
  return Math.round((Date.parse(date) - Date.now()) / 86_400_000);
}

const clockJumps: FaultRow = {
  number: '15',
  fault: 'the clock jumps a day ahead, and two back',
  forms: BOTH_FORMS,
  obstacle: () => (faketimeLibrary() === undefined ? "needs Debian's package faketime" : undefined),
  run: async (form) => {
    const folder = mkdtempSync(join(tmpdir(), 'babelserve-clock-'));
    const clock = join(folder, 'clock');
    writeFileSync(clock, '+0\n');
    const service = await RunningService.start({
      ...PATIENT,
      LD_PRELOAD: faketimeLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      // A clock that is set leaves CLOCK_MONOTONIC alone.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    const crowd = await Crowd.meet(service);
    const load = crowd.keepAsking(CALLERS);
    for (const shift of ['+0', '+1d', '-1d', '+0']) {
      writeFileSync(clock, `${shift}\n`);
      await crowd.untilAnswered(form === 'short' ? 30 : 300);
      // Node makes the header once a second.
      while ((await daysAhead(service)) !== Number.parseInt(shift, 10)) await delay(50);
    }
    await load.stop();
    crowd.leave();
    expect(service.engineProcessIds).toHaveLength(1);
    expect([...crowd.tally.refused]).toEqual([]);
    expect(await service.stop()).toBe(0);
    rmSync(folder, { recursive: true });
    return { tally: crowd.tally, notes: 'no deadline passes, nothing is replaced' };
  },
};

const fullLogDisk: FaultRow = {
  number: '17',
  fault: 'the disk of the log is full (/dev/full)',
  forms: BOTH_FORMS,
  obstacle: linuxOnly,
  run: async (form) => {
    const full = openSync('/dev/full', 'w');
    const service = await RunningService.start(PATIENT, { output: full });
    closeSync(full);
    const crowd = await Crowd.meet(service);
    const load = crowd.keepAsking(CALLERS);
    await crowd.untilAnswered(form === 'short' ? 50 : 1000);
    await load.stop();
    crowd.leave();
    expect([...crowd.tally.refused]).toEqual([]);
    expect(await service.stop()).toBe(0);
    return { tally: crowd.tally, notes: 'lines are dropped, requests are not' };
  },
};

export const SERVICE_FAULTS: readonly FaultRow[] = [drain, secondSignal, clockJumps, fullLogDisk];
