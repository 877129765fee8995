import { totalmem } from 'node:os';

/** The machine's memory, or the container's where it has less. */
export function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
