import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RunningService } from '../support/service.js';

it('the service leaves nothing for onnxruntime to report to its makers', async () => {
  const home = await mkdtemp(join(tmpdir(), 'no-reports-'));
  const service = await RunningService.start({ HOME: home });
  const [record] = await service.translate('en', 'de', ['Where is the station?']);
  expect(record?.text).toBe('Wo ist der Bahnhof?');
  expect(await service.stop()).toBe(0);
  // By default it keeps an id and a database of events in .cache/Microsoft.
  expect(await readdir(home)).toEqual([]);
  await rm(home, { recursive: true });
});
