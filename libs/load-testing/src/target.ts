import { BlockList, isIP } from 'node:net';
import { OperatorError } from '#libs/domain';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * The origin of a service to put under load.
 *
 * @throws OperatorError where it is no URL of http or https, or on another machine that the caller does not own.
 */
export function parseTarget(text: string, isOwned: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/')
    throw new OperatorError(
      `--url is "${text}"; it is the address of a service, such as http://127.0.0.1:9527.`,
    );
  if (!isOwned && !isLoopbackTarget(url.origin))
    throw new OperatorError(
      `--url is "${text}", which is not on this machine. Load is for services of your own: say so with --i-own-this-server.`,
    );
  return url.origin;
}

/** Whether a service is on this machine. Names are not looked up: what they stand for can change before the load. */
export function isLoopbackTarget(origin: string): boolean {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
