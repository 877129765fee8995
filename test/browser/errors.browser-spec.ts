import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBusyService } from '../support/busy-service.js';
import { RunningService } from '../support/service.js';
import { launchChromium } from './chromium.js';
import { type OpenPage, openPage } from './open-page.js';

const KEY = 'a-key-of-the-browser-test';

let browser: Browser;
let service: { stop(): Promise<unknown> } | undefined;
let open: OpenPage | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(async () => {
  const faults = open?.faults.filter((fault) => !fault.includes('ERR_CONNECTION_REFUSED'));
  await open?.close();
  await service?.stop();
  expect(faults).toEqual([]);
});

async function start(env: Record<string, string>): Promise<Page> {
  const running = await RunningService.start(env);
  service = running;
  open = await openPage(browser, running.url);
  return open.page;
}

describe('the page says plainly', () => {
  it('that the server is busy, when it tries again, and that it may be tried at once', async () => {
    const busy = await startBusyService('full');
    service = busy;
    open = await openPage(browser, busy.url);
    const { page } = open;
    await page.getByLabel('Text to translate').fill('Where is the station?');
    const alert = page.getByRole('alert');
    await expect
      .poll(() => alert.textContent())
      .toMatch(/^The service is at its capacity\. .*Request [\w-]+$/);
    await expect
      .poll(() => page.getByRole('timer').textContent())
      .toMatch(/^Next try in [1-9]\d* s$/);
    const again = page.waitForResponse('**/translation');
    await page.getByRole('button', { name: 'Try now' }).click();
    expect((await again).status()).toBe(503);
    await alert.waitFor();
    busy.makeRoom();
    // By itself, when the time is over.
    await page.getByText('Wo ist der Bahnhof?').waitFor({ timeout: 50_000 });
    await alert.waitFor({ state: 'detached' });
  });

  it('that the deadline passed, in the line that it is about', async () => {
    const page = await start({ REQUEST_TIMEOUT_MS: '5' });
    await page.getByLabel('Text to translate').fill(`Good ${'morning and good '.repeat(60)}`);
    const failed = page.locator('.failed');
    await failed.waitFor();
    expect(await failed.textContent()).toMatch(/^The deadline passed\. .*Try again$/);
    const again = page.waitForResponse('**/translation');
    await failed.getByRole('button', { name: 'Try again' }).click();
    expect((await again).status()).toBe(504);
  });

  it('that a key is wanted, takes one, and translates with it', async () => {
    const page = await start({ API_KEYS: `browser:${KEY}` });
    await page.getByLabel('Text to translate').fill('Where is the station?');
    await page.getByText('This server wants a key.').waitFor();
    await page.getByLabel('Key').fill('a-key-that-nobody-knows');
    await page.getByLabel('Key').press('Enter');
    await page.getByText('This server wants a key.').waitFor();
    await page.getByLabel('Key').fill(KEY);
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByText('Wo ist der Bahnhof?').waitFor();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  it('that the server is gone', async () => {
    const page = await start({});
    await service?.stop();
    await page.getByLabel('Text to translate').fill('Where is the station?');
    const alert = page.getByRole('alert');
    await expect.poll(() => alert.textContent()).toMatch(/^The server cannot be reached\./);
    await expect.poll(() => page.getByRole('timer').count()).toBe(0);
  });
});
