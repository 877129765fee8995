import { markdownTable } from '../bench/report-file.js';

/** A figure that the service has to reach, and whether it did. */
export interface Target {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export function targetTable(targets: readonly Target[]): string {
  return markdownTable(
    ['target', 'wanted', 'measured', ''],
    targets.map(({ name, wanted, measured, isMet }) => [
      name,
      wanted,
      measured,
      isMet ? 'met' : '**missed**',
    ]),
  );
}
