import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';
import { launchChromium } from './chromium.js';
import { openPage, translate } from './open-page.js';

const FOLDER = new URL('../../docs/page/', import.meta.url).pathname;
const ENGLISH = 'Where is the station?\nI like tea.\n\nThank you very much.';
const GERMAN = 'Wo ist der Bahnhof?\nIch trinke gern Tee.\n\nDas ist ein schönes Haus.';

let browser: Browser;
let service: RunningService;
beforeAll(async () => {
  [browser, service] = await Promise.all([launchChromium(), RunningService.start()]);
});
afterAll(async () => {
  await browser.close();
  await service.stop();
});

const PICTURES: [string, string, string, BrowserContextOptions][] = [
  ['light', ENGLISH, 'de', { colorScheme: 'light', viewport: { width: 1120, height: 520 } }],
  ['dark', GERMAN, 'en', { colorScheme: 'dark', viewport: { width: 1120, height: 520 } }],
  [
    'phone',
    ENGLISH,
    'de',
    { colorScheme: 'light', viewport: { width: 360, height: 560 }, isMobile: true },
  ],
];

it.each(PICTURES)('the page: %s', async (name, text, target, options) => {
  const open = await openPage(browser, service.url, options);
  const { page } = open;
  await page.getByLabel('From').selectOption('auto');
  await page.getByLabel('To', { exact: true }).selectOption(target);
  await translate(page, text);
  expect(await page.locator('#from option:checked').textContent()).toMatch(/^Detected: /);
  await page.screenshot({ path: `${FOLDER}${name}.png` });
  expect(open.faults).toEqual([]);
  await open.close();
});
