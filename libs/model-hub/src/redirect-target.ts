import { OperatorError } from '#libs/domain';

/**
 * Where a `Location` header leads, relative to the address that answered with it.
 *
 * @throws OperatorError where it leads from https to http, names a user, or is no address at all.
 */
export function redirectTarget(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const allowed = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
  const isAllowed =
    target !== undefined &&
    allowed.includes(target.protocol) &&
    target.username === '' &&
    target.password === '';
  if (!isAllowed)
    throw new OperatorError(
      `${from.host} redirects to where it must not: only ${allowed.join(' and ')} addresses without a user are followed. Check HF_ENDPOINT.`,
    );
  return target;
}
