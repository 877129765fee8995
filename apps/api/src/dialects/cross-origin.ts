/**
 * Leave for pages of any origin to read the answers, as LibreTranslate gives it. No cookie is a credential
 * here, so this opens nothing that a program could not reach.
 *
 * Source: Fetch Standard, section 3.3.
 */
export const OPEN_TO_PAGES: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-allow-methods': 'GET, POST',
  'access-control-expose-headers': 'Retry-After, X-Request-Id',
  'access-control-max-age': '1728000',
};
