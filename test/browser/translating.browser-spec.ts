import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';
import { launchChromium } from './chromium.js';
import { lineOf, linesOf, type OpenPage, openPage, translate } from './open-page.js';

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

/** With locale and viewport as given; the demo model translates from English into German first. */
async function start(options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage['page']> {
  open = await openPage(browser, service.url, options);
  return open.page;
}

describe('the page', () => {
  it('translates what is typed, and says how long that took, and in which company', async () => {
    const page = await start();
    await page.getByLabel('Text to translate').pressSequentially('Where is the station?');
    await page.getByText('Wo ist der Bahnhof?').waitFor();
    await expect
      .poll(() => page.locator('.timing').textContent())
      .toMatch(/^1 line · queue (under 1|\d+) ms · inference \d+ ms · batch of 1$/);
    await expect.poll(() => page.locator('.output').getAttribute('lang')).toBe('de');
  });

  it('gives every line what the API gives for it, blank ones in their place', async () => {
    const page = await start();
    const lines = ['Good morning.', '', 'Where is the station?', '  I like tea.', 'Good morning.'];
    const shown = await translate(page, lines.join('\n'));
    const expected = await service.translate('en', 'de', lines);
    expect(shown).toEqual(expected.map(({ text }) => text));
    await expect
      .poll(() => page.locator('.timing').textContent())
      .toMatch(/^4 lines .* batch of [1-4]$/);
  });

  it('shows lines as they finish', async () => {
    const page = await start();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/translation', async (route) => {
      if (lineOf(route.request()) === 'I like tea.') await held;
      await route.continue();
    });
    await page.getByLabel('Text to translate').fill('I like tea.\nWhere is the station?');
    await page.getByText('Wo ist der Bahnhof?').waitFor();
    await expect.poll(() => page.locator('.waiting').count()).toBe(1);
    await expect
      .poll(() => page.getByRole('button', { name: 'Copy the translation' }).isDisabled())
      .toBe(true);
    release();
    await page.locator('.waiting').waitFor({ state: 'detached' });
    expect((await linesOf(page))[0]).toMatch(/Tee/);
  });

  it('aborts a request that was typed over', async () => {
    const page = await start();
    await page.route('**/translation', async (route) => {
      if (lineOf(route.request()) !== 'I like') await route.continue();
    });
    const sent = page.waitForRequest('**/translation');
    const aborted = page.waitForEvent('requestfailed');
    const area = page.getByLabel('Text to translate');
    await area.fill('I like');
    await sent;
    await area.pressSequentially(' tea.');
    expect((await aborted).failure()?.errorText).toBe('net::ERR_ABORTED');
    await page.getByText(/Tee/).waitFor();
  });

  it('swaps languages and texts', async () => {
    const page = await start();
    await translate(page, 'Where is the station?');
    await page.getByRole('button', { name: 'Swap languages' }).click();
    await expect.poll(() => page.getByLabel('From').inputValue()).toBe('de');
    await expect.poll(() => page.getByLabel('To', { exact: true }).inputValue()).toBe('en');
    await expect
      .poll(() => page.getByLabel('Text to translate').inputValue())
      .toBe('Wo ist der Bahnhof?');
    await page.getByText('Where is the station?').last().waitFor();
  });

  it('finds out the language, says which, and swaps with it', async () => {
    const page = await start();
    const from = page.getByLabel('From');
    await from.selectOption('auto');
    await expect.poll(() => from.locator('option:checked').textContent()).toBe('Detect language');
    await page.getByLabel('To', { exact: true }).selectOption('en');
    await translate(page, 'Wo ist denn der Bahnhof?');
    await expect.poll(() => from.locator('option:checked').textContent()).toBe('Detected: German');
    await expect.poll(() => page.getByLabel('Text to translate').getAttribute('lang')).toBe('de');
    await page.getByRole('button', { name: 'Swap languages' }).click();
    await expect.poll(() => from.inputValue()).toBe('en');
    await expect.poll(() => page.getByLabel('To', { exact: true }).inputValue()).toBe('de');
  });

  it('leaves a text alone that is in the target language already, and says so', async () => {
    const page = await start();
    await page.getByLabel('From').selectOption('auto');
    await page.getByLabel('To', { exact: true }).selectOption('en');
    const text = 'Where is the train station?';
    expect(await translate(page, text)).toEqual([text]);
    await page.getByText('In English already').waitFor();
    await expect
      .poll(() => page.getByRole('button', { name: 'Swap languages' }).isDisabled())
      .toBe(true);
  });

  it('swaps where the source is chosen that the target has', async () => {
    const page = await start();
    await page.getByLabel('From').selectOption('de');
    await expect.poll(() => page.getByLabel('To', { exact: true }).inputValue()).toBe('en');
  });

  it('copies the translation', async () => {
    const page = await start({ permissions: ['clipboard-read', 'clipboard-write'] });
    await translate(page, 'Where is the station?\n\nGood morning.');
    await page.getByRole('button', { name: 'Copy the translation' }).click();
    await page.getByText('Copied').waitFor();
    const shown = (await linesOf(page)).join('\n');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown);
  });

  it('selects the translation where nothing may be copied', async () => {
    const page = await start();
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    await translate(page, 'Where is the station?');
    await page.getByRole('button', { name: 'Copy the translation' }).click();
    await page.getByText('Selected').waitFor();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('Wo ist der Bahnhof?');
  });

  it("names languages in the user's language and begins with it, then with what was chosen last", async () => {
    const page = await start({ locale: 'ja-JP' });
    await expect
      .poll(() => page.getByLabel('From').locator('option').allTextContents())
      .toEqual(expect.arrayContaining(['ドイツ語', '英語', '日本語']));
    await expect.poll(() => page.getByLabel('To', { exact: true }).inputValue()).toBe('ja');
    await page.getByLabel('To', { exact: true }).selectOption('de');
    await page.reload();
    await expect.poll(() => page.getByLabel('To', { exact: true }).inputValue()).toBe('de');
  });

  it('clears the text and goes back to it', async () => {
    const page = await start();
    await translate(page, 'Good morning.');
    await page.getByRole('button', { name: 'Clear the text' }).click();
    await expect.poll(() => page.getByLabel('Text to translate').inputValue()).toBe('');
    await page.getByText('The translation appears here.').waitFor();
    expect(await linesOf(page)).toEqual(['The translation appears here.']);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  });
});
