import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeReportFolder } from '#libs/load-testing';
import { launchChromium } from './chromium.js';

const PNG_SIGNATURE = '89504e470d0a1a0a';

let browser: Browser;
let work: string;
beforeAll(async () => {
  [browser, work] = await Promise.all([launchChromium(), mkdtemp(join(tmpdir(), 'report-'))]);
});
afterAll(async () => {
  await browser.close();
  await rm(work, { recursive: true });
});

it('the page of a load test saves each of its plots as a PNG, twice as large', async () => {
  const chart = (title: string) => ({
    title,
    xLabel: 'seconds',
    yLabel: 'rows & beams',
    series: [{ name: 'ünï', form: 'line' as const, points: [[0, 1] as const, [2, 5] as const] }],
  });
  const charts = { batch: chart('Rows in a step'), queue: chart('Queue < 5') };
  await writeReportFolder(work, { title: 'Stress', lines: ['fine'], charts, data: {} });
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  await page.goto(pathToFileURL(join(work, 'index.html')).href);
  const buttons = page.getByRole('button', { name: 'Save as PNG' });
  expect(await buttons.count()).toBe(2);
  for (const [index, name] of Object.keys(charts).entries()) {
    const downloading = page.waitForEvent('download');
    await buttons.nth(index).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${name}.png`);
    const png = await readFile(await download.path());
    expect(png.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1440, 600]);
    // An empty picture of this size is smaller.
    expect(png.length).toBeGreaterThan(10_000);
  }
  expect(faults).toEqual([]);
});
