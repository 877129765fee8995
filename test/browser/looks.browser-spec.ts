import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';
import { launchChromium } from './chromium.js';
import { type OpenPage, openPage, translate } from './open-page.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const TEXT = 'Where is the station?\n\nI like tea.';

let browser: Browser;
let service: RunningService;
let open: OpenPage | undefined;

beforeAll(async () => {
  [browser, service] = await Promise.all([launchChromium(), RunningService.start()]);
});
afterAll(async () => {
  await browser.close();
  await service.stop();
});
afterEach(async () => {
  expect(open?.faults).toEqual([]);
  await open?.close();
});

async function start(options: Parameters<typeof openPage>[2]): Promise<Page> {
  open = await openPage(browser, service.url, options, AXE);
  return open.page;
}

/** What axe objects to, with the elements that it is about. */
async function violations(page: Page): Promise<string[]> {
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );
}

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

describe('accessibility, as axe sees it,', () => {
  it.each([
    ['light', {}],
    ['dark', {}],
    ['light', PHONE],
    ['dark', PHONE],
  ] as const)('is without fault in %s colours, %o', async (colorScheme, screen) => {
    const page = await start({ colorScheme, ...screen });
    expect(await violations(page)).toEqual([]);
    await translate(page, TEXT);
    expect(await violations(page)).toEqual([]);
    await page.route('**/translation', (route) => route.abort());
    await page.getByLabel('Text to translate').fill('Good morning.');
    await page.getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
    // The browser says that the request has failed, which is what was wanted.
    open = { ...open!, faults: open!.faults.filter((fault) => !fault.includes('ERR_FAILED')) };
  });

  it('goes through everything with the tabulator, in the order of the eye', async () => {
    const page = await start({});
    await translate(page, TEXT);
    // From here the tabulator goes on.
    await page.locator('.wordmark').click();
    const names: (string | null)[] = [];
    for (let stop = 0; stop < 8; stop++) {
      await page.keyboard.press('Tab');
      names.push(
        await page.evaluate(() => {
          const element = document.activeElement;
          return element?.getAttribute('aria-label') ?? element?.id ?? '';
        }),
      );
    }
    expect(names).toEqual([
      '',
      'Use dark colours',
      'from',
      'Clear the text',
      'Text to translate',
      'Swap languages',
      'to',
      'Copy the translation',
    ]);
  });

  it('says when a translation is there', async () => {
    const page = await start({});
    await translate(page, TEXT);
    const said = page.getByRole('status').filter({ hasText: 'Translated' });
    expect(await said.textContent()).toBe('Translated into German: 2 lines.');
  });
});

describe('the looks', () => {
  it('fit a phone: panes under each other, nothing beyond the edge, room for a thumb', async () => {
    const page = await start(PHONE);
    await translate(page, `${TEXT}\n${'Donaudampfschifffahrt'.repeat(6)}`);
    const [source, target] = await page
      .locator('.pane')
      .evaluateAll((panes) =>
        panes.map((pane) => pane.getBoundingClientRect().toJSON() as DOMRect),
      );
    expect(target?.top).toBeGreaterThanOrEqual(source?.bottom ?? Infinity);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    const sizes = await page
      .locator('.icon-button')
      .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().width));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(40);
    // Below 16 pixels phones zoom in on what is typed.
    const fontSize = await page
      .getByLabel('Text to translate')
      .evaluate((area) => getComputedStyle(area).fontSize);
    expect(parseFloat(fontSize)).toBeGreaterThanOrEqual(16);
  });

  it("have the system's colours until others are chosen, which stay", async () => {
    const page = await start({ colorScheme: 'dark' });
    const dark = await background(page);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background(page);
    expect([dark, light]).toEqual(['rgb(21, 23, 27)', 'rgb(245, 243, 238)']);
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    await expect.poll(() => background(page)).toBe(dark);
    await page.reload();
    await page.getByLabel('Text to translate').waitFor();
    await expect.poll(() => background(page)).toBe(dark);
  });
});
