/** Whether errors are to be shown with their stacks. Reads the environment alone, so it works where a setting is at fault. */
export function isDebugging(
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return ['debug', 'trace'].includes(env['LOG_LEVEL'] ?? '');
}
