/**
 * Yields each result when it is there, in no other order. Every promise has to resolve. What has finished
 * and was not asked for yet waits here: as many as there are promises, at most.
 */
export async function* asTheyFinish<Result>(
  promises: readonly Promise<Result>[],
): AsyncGenerator<Result> {
  const finished: Result[] = [];
  let wake = (): void => undefined;
  for (const promise of promises)
    void promise.then((result) => {
      finished.push(result);
      wake();
    });
  let yielded = 0;
  while (yielded < promises.length) {
    if (finished.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    for (const result of finished.splice(0)) {
      yield result;
      yielded++;
    }
  }
}
