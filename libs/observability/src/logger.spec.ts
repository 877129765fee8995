import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.js';
import { NestLogger } from './nest.logger.js';

function recordingLogger(level: string): {
  logger: ReturnType<typeof createLogger>;
  lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger(level, {
    write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { logger, lines };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with level, ISO time and process', () => {
    const { logger, lines } = recordingLogger('info');
    logger.info({ requestId: 'abc' }, 'request done');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        pid: process.pid,
        requestId: 'abc',
        msg: 'request done',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = recordingLogger('warn');
    logger.info('quiet');
    logger.warn('heard');
    expect(lines.map(({ msg }) => msg)).toEqual(['heard']);
  });
});

describe('NestLogger', () => {
  it("puts Nest's chatter at debug and keeps context, stack and error", () => {
    const { logger, lines } = recordingLogger('debug');
    const nest = new NestLogger(logger);
    nest.log('Mapped {/translation, POST} route', 'RouterExplorer');
    nest.error('boom', 'Error: boom\n  at x', 'ExceptionsHandler');
    nest.error(new Error('broken'), 'Injector');
    expect(lines.map(({ level, context, stack, msg }) => ({ level, context, stack, msg }))).toEqual(
      [
        { level: 'debug', context: 'RouterExplorer', msg: 'Mapped {/translation, POST} route' },
        {
          level: 'error',
          context: 'ExceptionsHandler',
          stack: 'Error: boom\n  at x',
          msg: 'boom',
        },
        { level: 'error', context: 'Injector', msg: 'broken' },
      ],
    );
    expect(lines[2]?.['err']).toMatchObject({ type: 'Error', message: 'broken' });
  });
});
