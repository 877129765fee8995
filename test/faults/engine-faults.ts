import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { RunningService } from '../support/service.js';
import { Crowd } from './crowd.js';
import {
  BOTH_FORMS,
  type FaultForm,
  type FaultResult,
  type FaultRow,
  linuxOnly,
  PATIENT,
} from './fault-row.js';
import { Probes } from './probes.js';

const CALLERS = 16;

/** What a strike can see and hit. */
interface Target {
  readonly service: RunningService;
  readonly probes: Probes;
  /** The engine that was ready last. */
  readonly engineId: () => number;
}

/** Strikes a service that translates for callers, and sees that they are served afterwards as before. */
async function strikeUnderLoad(
  form: FaultForm,
  strike: (target: Target) => Promise<Omit<FaultResult, 'tally'>>,
  env: Readonly<Record<string, string>> = {},
): Promise<FaultResult> {
  const service = await RunningService.start({ ...PATIENT, ...env });
  const crowd = await Crowd.meet(service);
  const probes = new Probes(service);
  const load = crowd.keepAsking(CALLERS);
  await crowd.untilAnswered(form === 'short' ? 20 : 200);
  const engineId = (): number => service.lastEngineId;
  const result = await strike({ service, probes, engineId });
  await crowd.untilAnswered(form === 'short' ? 20 : 200);
  await load.stop();
  await probes.stop();
  crowd.leave();
  expect(probes.livenessFailures).toBe(0);
  expect(await service.stop()).toBe(0);
  return { tally: crowd.tally, ...result };
}

async function signalAndRecover(
  { probes, engineId }: Target,
  signal: NodeJS.Signals,
): Promise<number> {
  process.kill(engineId(), signal);
  return probes.recoveryMs();
}

function signalRow(
  number: string,
  fault: string,
  signal: NodeJS.Signals,
  forms: readonly FaultForm[],
): FaultRow {
  return {
    number,
    fault,
    forms,
    run: (form) =>
      strikeUnderLoad(form, async (target) => {
        const recoveryMs = await signalAndRecover(target, signal);
        expect(target.service.engineProcessIds).toHaveLength(2);
        return { recoveryMs, notes: 'what was in the engine is done by the next one' };
      }),
  };
}

/** The limit of the engine's silence, plus what a replacement may take. */
const HANG_RECOVERY_MS = 15_000;

const hang: FaultRow = {
  number: '3',
  fault: 'the engine stands still (SIGSTOP)',
  forms: BOTH_FORMS,
  run: (form) =>
    strikeUnderLoad(form, async (target) => {
      const stoppedId = target.engineId();
      const recoveryMs = await signalAndRecover(target, 'SIGSTOP');
      expect(recoveryMs).toBeLessThan(HANG_RECOVERY_MS);
      expect(() => process.kill(stoppedId, 'SIGCONT')).toThrow(/ESRCH/);
      return {
        recoveryMs,
        notes: 'within max(10 s, 20 × p99 step) + 5 s; a late SIGCONT finds nobody',
      };
    }),
};

/** Address space that the engine may still take: less than a step of the callers' batch needs. */
const HEADROOM_KIB = 500;

const LONG_TEXT =
  'I have never seen such a beautiful house in my whole life, and it was raining, so we stayed there.';

const outOfMemory: FaultRow = {
  number: '4',
  fault: 'the engine gets no more memory (RLIMIT_AS)',
  forms: BOTH_FORMS,
  obstacle: () =>
    linuxOnly() ?? (spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'needs prlimit'),
  run: (form) =>
    strikeUnderLoad(form, async (target) => {
      const id = target.engineId();
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      const sizeKib = Number(/^VmSize:\s*(\d+) kB$/m.exec(status)?.[1]);
      const limit = (sizeKib + HEADROOM_KIB) * 1024;
      execFileSync('prlimit', ['--pid', String(id), `--as=${limit}`]);
      // Arenas have room for what was there before; a full batch needs more.
      const records = form === 'short' ? 16 : 64;
      const large = target.service.translate('en', 'de', Array<string>(records).fill(LONG_TEXT));
      const [recoveryMs] = await Promise.all([target.probes.recoveryMs(), large]);
      return { recoveryMs, notes: 'an allocation fails, the engine ends and says why' };
    }),
};

const SLOW_ROUNDS = 60;

const slow: FaultRow = {
  number: '3',
  fault: 'the engine is four times slower (stopped three quarters of the time)',
  forms: ['long'],
  run: (form) =>
    strikeUnderLoad(form, async ({ service, engineId }) => {
      for (let round = 0; round < SLOW_ROUNDS; round++) {
        process.kill(engineId(), 'SIGSTOP');
        await delay(300);
        process.kill(engineId(), 'SIGCONT');
        await delay(100);
      }
      expect(service.engineProcessIds).toHaveLength(1);
      return { notes: 'it is slow, not hung: nothing is replaced' };
    }),
};

const PAUSE_MS = { short: 2000, long: 12_000 };

const pausedService: FaultRow = {
  number: '14',
  fault: 'the service process itself stands still (2 s, 12 s in the long form)',
  forms: BOTH_FORMS,
  run: (form) =>
    strikeUnderLoad(form, async ({ service }) => {
      service.process.kill('SIGSTOP');
      await delay(PAUSE_MS[form]);
      service.process.kill('SIGCONT');
      // Longer than the watch would take to blame the engine for the silence.
      await delay(1500);
      expect(service.engineProcessIds).toHaveLength(1);
      return { notes: 'the engine is not blamed for the silence' };
    }),
};

const oneOfTwo: FaultRow = {
  number: '1',
  fault: 'one engine of two is killed (APP_WORKERS=2)',
  forms: ['long'],
  obstacle: linuxOnly,
  run: (form) =>
    strikeUnderLoad(
      form,
      async ({ service, engineId }) => {
        await service.untilComplete();
        const ids = service.engineProcessIds;
        const memory = ids.map((id) => proportionalMib(id)).join(' and ');
        const startedAtMs = performance.now();
        process.kill(engineId(), 'SIGKILL');
        while (service.engineProcessIds.length < 3) {
          expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
          await delay(20);
        }
        const recoveryMs = performance.now() - startedAtMs;
        return { recoveryMs, notes: `ready all the time; engines of ${memory} MiB (PSS) before` };
      },
      { APP_WORKERS: '2' },
    ),
};

/** Memory of a process, with what it shares divided by those who share it. */
function proportionalMib(processId: number): number {
  const rollup = readFileSync(`/proc/${processId}/smaps_rollup`, 'utf8');
  return Math.round(Number(/^Pss:\s*(\d+) kB$/m.exec(rollup)?.[1]) / 1024);
}

const crashLoop: FaultRow = {
  number: '2',
  fault: 'every engine crashes as soon as it is ready',
  forms: ['long'],
  run: async () => {
    const service = await RunningService.start({ APP_WORKERS: '1' });
    const crowd = await Crowd.meet(service);
    const probes = new Probes(service);
    const load = crowd.keepAsking(CALLERS);
    const startedAtMs = performance.now();
    let hit = 0;
    while (probes.livenessFailures === 0) {
      const ids = service.engineProcessIds;
      const newest = ids.at(-1);
      if (ids.length > hit && newest !== undefined) {
        hit = ids.length;
        process.kill(newest, 'SIGSEGV');
      }
      await delay(5);
    }
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    await load.stop();
    await probes.stop();
    crowd.leave();
    expect(hit).toBe(11);
    expect(await service.stop()).toBe(0);
    return { tally: crowd.tally, notes: `liveness turns red after 10 restarts, in ${seconds} s` };
  },
};

export const ENGINE_FAULTS: readonly FaultRow[] = [
  signalRow('1', 'the engine is killed (SIGKILL)', 'SIGKILL', BOTH_FORMS),
  oneOfTwo,
  signalRow('2', 'the engine crashes (SIGSEGV)', 'SIGSEGV', ['long']),
  crashLoop,
  hang,
  slow,
  outOfMemory,
  pausedService,
];
