import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLUSTER_TIMES, REMOTE_TIMES, STORE_TIMES } from '../../src/cluster/times.ts';
import * as timeLimits from '../../src/time-limits.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** A number where a duration stands: a constant or a default, a named field, the time of a timer. */
const DURATION =
  /\b(?:[A-Z_]+_(?:MS|S)|\w+Ms)\s*[=:]\s*[\d_]{2,}|\b(?:delay|pause)\(\d|set(?:Timeout|Interval)\([^;]*,\s*[\d_]{2,}\)/;
/** Where durations have their names; a server without a cluster loads the first alone. */
const TABLES = ['time-limits.ts', join('cluster', 'times.ts')];
/** Days in the life of a certificate or a project, not what anything waits for. */
const CALENDAR = ['reach/certificate.ts', 'reach/certificate-files.ts', 'projects/keep-rule.ts'];

test('every duration has its unit at the end of its name', () => {
  for (const [table, times] of Object.entries({ ...timeLimits, CLUSTER_TIMES, REMOTE_TIMES, STORE_TIMES }))
    for (const [name, value] of Object.entries(times)) {
      assert.match(name, /(Ms|S)$/, `${table}.${name}`);
      assert.ok(value > 0, `${table}.${name}`);
    }
});

test('durations are written in one place, and those of a cluster in another', () => {
  const files = readdirSync(src, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 100);
  for (const file of files.filter((name) => !TABLES.includes(name) && !CALENDAR.includes(name))) {
    const [found] = DURATION.exec(readFileSync(join(src, file), 'utf8')) ?? [];
    assert.equal(found, undefined, `${file}: give this duration a name in time-limits.ts`);
  }
});

test('limits that depend on each other leave room', () => {
  const { CHILD_TIMES, HTTP_TIMES, JOB_TIMES, LOCK_TIMES, SERVER_TIMES } = timeLimits;
  assert.ok(CHILD_TIMES.termGraceMs + CHILD_TIMES.killGraceMs < 2_000, 'a cancel is answered within 2 s');
  assert.ok(LOCK_TIMES.silentMs >= 3 * LOCK_TIMES.touchMs, 'an owner that lives may miss a touch');
  assert.ok(SERVER_TIMES.closeGraceMs + CHILD_TIMES.termGraceMs + CHILD_TIMES.killGraceMs < SERVER_TIMES.stopLimitMs);
  assert.ok(JOB_TIMES.answerKeepAliveMs < 15_000, 'proxies close what is silent for 15 s');
  assert.ok(CLUSTER_TIMES.lockMs >= 3 * CLUSTER_TIMES.renewMs, 'a worker that lives may miss renewing a lock');
  assert.ok(STORE_TIMES.answerMs < REMOTE_TIMES.idleMs, 'a web server gives up a store before its worker gives it up');
  assert.ok(STORE_TIMES.addressMs < STORE_TIMES.lookMs, 'no photo is deleted while an address for it works');
  assert.ok(HTTP_TIMES.keepAliveMs > 60_000, 'browsers keep an idle connection for a minute');
});
