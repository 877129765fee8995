// For --import: kills the process as if the power had gone, just before its operation KILL_AT on files, counted
// from 1. Without KILL_AT it writes to standard error, at the end, how many there were.
import { createRequire, syncBuiltinESMExports } from 'node:module';

const files = createRequire(import.meta.url)('node:fs/promises');
const killAt = Number(process.env.KILL_AT ?? Infinity);
let operations = 0;

function count(target, name) {
  const original = target[name];
  target[name] = function (...args) {
    if (++operations === killAt) process.kill(process.pid, 'SIGKILL');
    return original.apply(this, args);
  };
}

const anyFile = await files.open(new URL(import.meta.url));
const FileHandle = Object.getPrototypeOf(anyFile);
await anyFile.close();
for (const name of ['write', 'writeFile', 'sync']) count(FileHandle, name);
for (const name of ['copyFile', 'mkdir', 'open', 'rename', 'rm']) count(files, name);
syncBuiltinESMExports();
process.on('exit', () => process.stderr.write(String(operations)));
