import { TransientFault } from './retries.js';
import type { TransferLimits } from './transfer-limits.js';

/** Ends a transfer that trickles: each byte would keep an idle timeout from firing. */
export class SlownessGuard {
  #windowStartMs = performance.now();
  #windowBytes = 0;

  constructor(
    private readonly limits: TransferLimits,
    private readonly host: string,
  ) {}

  /** @throws TransientFault when a window ends that too little has arrived in. */
  arrived(bytes: number): void {
    const { slowWindowMs, slowBytes } = this.limits;
    this.#windowBytes += bytes;
    const nowMs = performance.now();
    if (nowMs - this.#windowStartMs < slowWindowMs) return;
    if (this.#windowBytes < slowBytes)
      throw new TransientFault(
        `${this.host} sent only ${this.#windowBytes} bytes within ${slowWindowMs / 1000} s.`,
      );
    this.#windowStartMs = nowMs;
    this.#windowBytes = 0;
  }
}
