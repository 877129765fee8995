import { spawnSync } from 'node:child_process';

/** Runs a command where it may mount, unseen by the rest of the machine, until it ends. */
export const WITH_MOUNTS = ['unshare', '--mount'] as const;

/** Whether this machine lets us mount. Tests that need it are skipped elsewhere, and say so. */
export const canMount = ((): boolean => {
  const trial = 'mount -t tmpfs -o size=64k none "$1"';
  const [command, ...args] = [...WITH_MOUNTS, 'sh', '-c', trial, 'sh', import.meta.dirname];
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return true;
  const reason = error?.message ?? stderr.trim();
  process.stderr.write(
    `SKIPPED: tests with real mounts, for it is not permitted here (${reason}).\n`,
  );
  return false;
})();
