import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';

/** The page in a fresh browser profile, under watch. */
export interface OpenPage {
  readonly page: Page;
  /** Errors in the console (breaches of the Content-Security-Policy among them), and requests to anywhere else. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** What the browser itself says of an answer that is an error: some tests are about those. */
const FAILED_ANSWER =
  /^Failed to load resource: the server responded with a status of (401|503|504)/;

/**
 * Opens the page and chooses English as the source, so that the target is the next language that is served, or the
 * user's own.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  script = '',
): Promise<OpenPage> {
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1200, height: 640 },
    ...options,
  });
  // Not subject to the page's policy, which allows no script from elsewhere.
  if (script !== '') await context.addInitScript({ content: script });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !FAILED_ANSWER.test(message.text()))
      faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) faults.push(`asked for ${request.url()}`);
  });
  await page.goto(`${url}/`);
  await page.getByLabel('From').selectOption('en');
  return { page, faults, close: () => context.close() };
}

/** Types into the text area and resolves when every line has its translation. */
export async function translate(page: Page, text: string): Promise<string[]> {
  await page.getByLabel('Text to translate').fill(text);
  await page.locator('.waiting').first().waitFor();
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
  return linesOf(page);
}

/** The translation as it stands, line by line. */
export function linesOf(page: Page): Promise<string[]> {
  return page.locator('.output .line').allTextContents();
}

/** The line that a request is about; undefined for other requests. */
export function lineOf(request: Request): string | undefined {
  if (request.method() !== 'POST') return undefined;
  const body = request.postDataJSON() as { payload: { records: { text: string }[] } };
  return body.payload.records[0]?.text;
}
