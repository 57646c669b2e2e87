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
