import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Ask again and again until the answer is neither false nor undefined; fails with `what` at the deadline. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  deadlineMs = 60_000,
  what = 'the condition',
): Promise<NonNullable<Value>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined && value !== null) return value;
    assert.ok(Date.now() < end, `${what} did not come within ${deadlineMs} ms`);
    await pause(20);
  }
}
