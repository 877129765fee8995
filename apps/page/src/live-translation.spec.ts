import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from './fault.js';
import {
  type LanguagePair,
  LiveTranslation,
  MAX_REQUESTS,
  NO_TRANSLATION,
  type TranslatedLine,
  type TranslationView,
  TYPING_PAUSE_MS,
} from './live-translation.js';
import { translatedText } from './translated-text.js';

const EN_DE: LanguagePair = { from: 'en', to: 'de' };
const BUSY = new Fault('busy', 'Full', 'Later.', { retryAfterSeconds: 7 });

/** A server that answers when the test says so, and a page that shows the last view. */
class Scene {
  readonly sent: string[] = [];
  readonly aborted: string[] = [];
  view: TranslationView = NO_TRANSLATION;
  readonly live = new LiveTranslation(
    (line, { to }, signal) => this.#answer(line, to, signal),
    (view) => {
      this.view = view;
    },
  );
  readonly #open = new Map<string, { ok: () => void; fail: (reason: unknown) => void }>();

  get text(): string {
    return translatedText(this.view);
  }

  get kinds(): string[] {
    return this.view.lines.map(({ kind }) => kind);
  }

  async type(text: string, pair: LanguagePair = EN_DE): Promise<void> {
    this.live.update(text, pair);
    await vi.advanceTimersByTimeAsync(TYPING_PAUSE_MS);
  }

  async answer(...lines: string[]): Promise<void> {
    for (const line of lines) this.#open.get(line)?.ok();
    await vi.advanceTimersByTimeAsync(0);
  }

  async refuse(line: string, fault: Fault): Promise<void> {
    this.#open.get(line)?.fail(fault);
    await vi.advanceTimersByTimeAsync(0);
  }

  #answer(line: string, to: string, signal: AbortSignal): Promise<TranslatedLine> {
    this.sent.push(line);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.aborted.push(line);
        reject(new DOMException('Aborted', 'AbortError'));
      });
      const text = `${to}:${line}`;
      this.#open.set(line, {
        ok: () => {
          resolve({ text, isTruncated: false, timing: undefined, detected: undefined });
        },
        fail: reject,
      });
    });
  }
}

let scene: Scene;
beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
  // The first languages are no change that is worth a request at once.
  scene.live.update('', EN_DE);
});
afterEach(() => {
  scene.live.close();
  vi.useRealTimers();
});

describe('LiveTranslation', () => {
  it('sends what was typed when the keyboard rests, once', async () => {
    for (const text of ['H', 'He', 'Hel']) {
      scene.live.update(text, EN_DE);
      await vi.advanceTimersByTimeAsync(TYPING_PAUSE_MS - 1);
    }
    expect(scene.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(scene.sent).toEqual(['Hel']);
    await scene.answer('Hel');
    expect(scene.text).toBe('de:Hel');
    expect(scene.view.isWorking).toBe(false);
  });

  it('aborts at once what was typed over', async () => {
    await scene.type('Hello');
    scene.live.update('Hello w', EN_DE);
    expect(scene.aborted).toEqual(['Hello']);
    await vi.advanceTimersByTimeAsync(TYPING_PAUSE_MS);
    expect(scene.sent).toEqual(['Hello', 'Hello w']);
    await scene.answer('Hello', 'Hello w');
    expect(scene.text).toBe('de:Hello w');
  });

  it('shows lines as they finish, whatever their order', async () => {
    await scene.type('one\n\ntwo');
    await scene.answer('two');
    expect(scene.kinds).toEqual(['waiting', 'blank', 'done']);
    expect(scene.view.isWorking).toBe(true);
    await scene.answer('one');
    expect(scene.text).toBe('de:one\n\nde:two');
  });

  it('asks for what has changed alone, and goes on with the rest', async () => {
    await scene.type('one\ntwo\nthree');
    await scene.answer('one');
    await scene.type('one\ntwo!\nthree');
    expect(scene.sent).toEqual(['one', 'two', 'three', 'two!']);
    expect(scene.aborted).toEqual(['two']);
    await scene.answer('two!', 'three');
    expect(scene.text).toBe('de:one\nde:two!\nde:three');
  });

  it('shows what stood in a line until its new translation comes', async () => {
    await scene.type('one\ntwo');
    await scene.answer('one', 'two');
    await scene.type('one\ntwo!');
    expect(scene.view.lines[1]).toEqual({ kind: 'waiting', previous: 'de:two' });
    await scene.type('one\ntwo?');
    expect(scene.view.lines[1]).toEqual({ kind: 'waiting', previous: 'de:two' });
    await scene.type('new\none\ntwo?');
    expect(scene.view.lines[0]).toEqual({ kind: 'waiting', previous: undefined });
  });

  it('asks once for equal lines, and for blank ones never', async () => {
    await scene.type('a\n \na\n\na');
    expect(scene.sent).toEqual(['a']);
    await scene.answer('a');
    expect(scene.text).toBe('de:a\n \nde:a\n\nde:a');
  });

  it('has a few requests under way, however long the text', async () => {
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    await scene.type(lines.join('\n'));
    expect(scene.sent).toHaveLength(MAX_REQUESTS);
    await scene.answer('line 0');
    expect(scene.sent).toHaveLength(MAX_REQUESTS + 1);
  });

  it('starts over without waiting when the languages change', async () => {
    await scene.type('one\ntwo');
    await scene.answer('one');
    scene.live.update('one\ntwo', { from: 'en', to: 'ja' });
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.aborted).toEqual(['two']);
    expect(scene.sent).toEqual(['one', 'two', 'one', 'two']);
    await scene.answer('one', 'two');
    expect(scene.text).toBe('ja:one\nja:two');
  });
});

describe('what goes wrong', () => {
  it('with the server being busy waits as long as it says, then goes on', async () => {
    await scene.type('one\ntwo');
    await scene.answer('one');
    await scene.refuse('two', BUSY);
    expect(scene.view.obstacle).toEqual({ fault: BUSY, retryAtMs: Date.now() + 7000 });
    await scene.type('one\ntwo\nthree');
    expect(scene.sent).toEqual(['one', 'two']);
    await vi.advanceTimersByTimeAsync(7000 - TYPING_PAUSE_MS);
    expect(scene.view.obstacle).toBeUndefined();
    await scene.answer('two', 'three');
    expect(scene.text).toBe('de:one\nde:two\nde:three');
  });

  it('is tried again sooner where the user wants that', async () => {
    await scene.type('one');
    await scene.refuse('one', BUSY);
    scene.live.retry();
    expect(scene.sent).toEqual(['one', 'one']);
    await scene.answer('one');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(scene.sent).toEqual(['one', 'one']);
  });

  it('with one line leaves the others alone', async () => {
    const late = new Fault('late', 'Late', 'Too late.');
    await scene.type('one\ntwo');
    await scene.refuse('one', late);
    await scene.answer('two');
    expect(scene.view.lines[0]).toEqual({ kind: 'failed', fault: late });
    expect(scene.text).toBe('\nde:two');
    expect(scene.view.obstacle).toBeUndefined();
    scene.live.retry();
    await scene.answer('one');
    expect(scene.text).toBe('de:one\nde:two');
    expect(scene.sent).toEqual(['one', 'two', 'one']);
  });

  it('with the network is tried again when the user types on, not by itself', async () => {
    await scene.type('one');
    await scene.refuse('one', new Fault('unreachable', 'Gone', 'No answer.'));
    expect(scene.view.obstacle?.retryAtMs).toBeUndefined();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(scene.sent).toEqual(['one']);
    await scene.type('one two');
    await scene.answer('one two');
    expect(scene.text).toBe('de:one two');
  });

  it('with a key waits for one', async () => {
    await scene.type('one');
    await scene.refuse('one', new Fault('key', 'No key', 'Send one.'));
    await scene.type('two');
    expect(scene.sent).toEqual(['one']);
    scene.live.retry();
    await scene.answer('two');
    expect(scene.text).toBe('de:two');
  });

  it('is forgotten with the text that it was about', async () => {
    await scene.type('one');
    await scene.refuse('one', BUSY);
    await scene.type('');
    expect(scene.view).toEqual({
      lines: [{ kind: 'blank', text: '' }],
      obstacle: undefined,
      isWorking: false,
    });
  });
});
