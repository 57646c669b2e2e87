import { setTimeout as delay } from 'node:timers/promises';

export interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(reason: unknown): void;
}

/** Promise.withResolvers, which Node 20 lacks. */
export function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Whether it resolves within this time. Rejects if it does. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const abort = new AbortController();
  const timeout = delay(ms, false, { signal: abort.signal }).catch(() => false);
  return Promise.race([promise.then(() => true), timeout]).finally(() => abort.abort());
}

/**
 * The results of a task for each item, so many at once. Where one fails no more begin, and it rejects when those that
 * have begun are over: what they write to may be deleted then.
 */
export async function mapSome<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let failed: { readonly error: unknown } | undefined;
  const entries = items.entries();
  const work = async () => {
    for (const [at, item] of entries) {
      if (failed !== undefined) return;
      try {
        results[at] = await task(item);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failed !== undefined) throw (failed as { readonly error: unknown }).error;
  return results;
}
