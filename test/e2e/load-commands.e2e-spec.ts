import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command-line.js';
import { RunningService } from '../support/service.js';

let service: RunningService;
let work: string;
beforeAll(async () => {
  [service, work] = await Promise.all([
    RunningService.start({ LOG_LEVEL: 'error' }),
    mkdtemp(join(tmpdir(), 'load-commands-')),
  ]);
});
afterAll(async () => {
  await service.stop();
  await rm(work, { recursive: true });
});

/** A server that has the languages, and answers each translation in its turn with the next of the statuses. */
async function scriptedServer(
  statuses: readonly number[],
): Promise<{ server: Server; url: string }> {
  let requests = 0;
  const server = createServer((request, response) => {
    if (request.url === '/languages') {
      response.end(JSON.stringify([{ code: 'en', name: 'English', targets: ['de'] }]));
      return;
    }
    response.statusCode = statuses[requests++ % statuses.length] ?? 500;
    const id = response.statusCode === 200 && requests % 2 === 0 ? 0 : 'other';
    response.end(JSON.stringify({ result: [{ id, text: 'Ja.' }] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('babelserve stress', () => {
  it('says how many requests were successful and how long they took, and writes a page with plots', async () => {
    const report = join(work, 'stress');
    const { exitCode, stdout } = await runCommand(
      ...['stress', '--url', service.url, '--pay-size', '3', '--num-req', '12'],
      ...['--sleep', '0.1', '--report', report],
    );
    expect(exitCode).toBe(0);
    const [sentence, times, answers] = stdout.split('\n');
    expect(sentence).toMatch(
      /^100\.00% of requests were successful with average of \d+\.\d{3} s, minimum of \d+\.\d{3} s and maximum of \d+\.\d{3} s response time$/,
    );
    expect(times).toMatch(/^Response times: 50 %: \d\.\d{3} s, .*99\.9 %: /);
    expect(answers).toBe('Answers: status 200: 12');
    expect((await readdir(report)).sort()).toEqual([
      'batch.svg',
      'cpu.svg',
      'index.html',
      'memory.svg',
      'queue.svg',
      'report.json',
      'response-times.svg',
    ]);
    const page = await readFile(join(report, 'index.html'), 'utf8');
    expect(page).toContain(sentence);
    expect(page.match(/<svg /g)).toHaveLength(5);
    const svg = await readFile(join(report, 'response-times.svg'), 'utf8');
    expect(svg.match(/<circle /g)).toHaveLength(12);
    const { measurement, readings } = JSON.parse(
      await readFile(join(report, 'report.json'), 'utf8'),
    ) as {
      measurement: { successful: number };
      readings: { engineBytes: number; engineCpuPercent: number }[];
    };
    expect(measurement.successful).toBe(12);
    expect(Math.max(...readings.map(({ engineCpuPercent }) => engineCpuPercent))).toBeGreaterThan(
      0,
    );
    expect(Math.min(...readings.map(({ engineBytes }) => engineBytes))).toBeGreaterThan(2 ** 20);
  });

  it('counts failures by status, and a 200 without the records as wrong', async () => {
    const { server, url } = await scriptedServer([200, 200, 503, 429]);
    const { exitCode, stdout } = await runCommand(
      ...['stress', '--url', url, '--num-req', '8', '--sleep', '0.05'],
    );
    server.close();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^25\.00% of requests were successful with average of /);
    const counts = /Answers: (.*)/.exec(stdout)?.[1]?.split(', ').sort();
    expect(counts).toEqual(['status 200: 2', 'status 429: 2', 'status 503: 2', 'wrong answer: 2']);
  });

  it.each<[string, string[], string]>([
    [
      'nobody listens',
      ['--url', 'http://127.0.0.1:9'],
      'There is no service at http://127.0.0.1:9 ',
    ],
    ['it is not on this machine', ['--url', 'http://192.0.2.1'], 'with --i-own-this-server.'],
    ['it has no file of texts', ['--texts', '/no/such/file'], 'which cannot be read (ENOENT)'],
    ['it has no sentences of the language', ['--from', 'fr'], 'Name a file with --texts.'],
  ])('ends with 1 and a line where %s', async (_, options, message) => {
    const { exitCode, errorLines } = await runCommand('stress', ...options);
    expect(exitCode).toBe(1);
    expect(errorLines).toHaveLength(1);
    expect(errorLines[0]).toContain(message);
  });

  it('ends with 1 where the service has not the languages', async () => {
    const { exitCode, errorLines } = await runCommand('stress', '--url', service.url, '--to', 'fr');
    expect(exitCode).toBe(1);
    expect(errorLines[0]).toContain('does not translate from "en" to "fr"');
  });

  it('ends with 2 where an option is not what it has to be', async () => {
    const { exitCode, errorLines } = await runCommand('stress', '--pay-size', '0');
    expect(exitCode).toBe(2);
    expect(errorLines[0]).toContain('It is a whole number from 1 to 1000.');
  });
});

describe('babelserve load', () => {
  it('offers a rate after a warm-up, and says what came in time', async () => {
    const { exitCode, stdout } = await runCommand(
      ...['load', '--url', service.url, '--rate', '10', '--duration', '2', '--warm-up', '0.5'],
      ...['--arrival', 'constant', '--slo', '20000'],
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^10\.00 requests \/ s: 100\.00% of requests were successful /);
    // Twenty are measured; the five of the warm-up are not among them.
    expect(stdout).toContain('Answers: status 200: 20');
    expect(stdout).toContain('Goodput: 10.00 / s; 100.00% within 20000 ms: the SLO is met');
  });

  it('searches for the highest rate that meets the SLO', async () => {
    let busyUntilMs = 0;
    // One request after the other, each 25 ms: 40 a second and no more.
    const server = createServer((request, response) => {
      if (request.url === '/languages') {
        response.end(JSON.stringify([{ code: 'en', targets: ['de'] }]));
        return;
      }
      busyUntilMs = Math.max(busyUntilMs, performance.now()) + 25;
      setTimeout(() => {
        response.end(JSON.stringify({ result: [{ id: 0, text: 'Ja.' }] }));
      }, busyUntilMs - performance.now());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const report = join(work, 'load');
    const { exitCode, stdout } = await runCommand(
      ...['load', '--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`],
      ...['--rate', '10', '--duration', '1', '--warm-up', '0', '--arrival', 'constant'],
      ...['--slo', '400', '--find-max', '--report', report],
    );
    server.close();
    expect(exitCode).toBe(0);
    const found = Number(/Highest rate that meets the SLO of 400 ms: ([\d.]+)/.exec(stdout)?.[1]);
    // In 1 s a queue of 375 ms builds up at 40 / 0.625 requests a second.
    expect(found).toBeGreaterThan(25);
    expect(found).toBeLessThan(80);
    const svg = await readFile(join(report, 'response-times-by-rate.svg'), 'utf8');
    expect(svg.match(/<path /g)).toHaveLength(3);
  });

  it.each<[string, string[], string]>([
    ['there is no SLO to search with', ['--find-max'], '--find-max needs an SLO'],
    ['it would be too many requests', ['--rate', '10000', '--duration', '3600'], 'at most 1000000'],
  ])('ends with 1 and a line where %s', async (_, options, message) => {
    const { exitCode, errorLines } = await runCommand(
      ...['load', '--rate', '1', '--duration', '1', ...options],
    );
    expect(exitCode).toBe(1);
    expect(errorLines[0]).toContain(message);
  });
});
