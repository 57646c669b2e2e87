import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

const agreement = { same: 246, compared: 247, expect_least: 98, expect_most: 100 };

test('after a conversion more photos are compared while nothing else is to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mai-agreement-'));
  const [pidFile, go] = [join(folder, 'pid'), join(folder, 'go')];
  const server = await startJobServer({ slots: 1 }, { tuning: { agreementAfterMs: 20, agreementMinFreeBytes: 0 } });
  const stream = await openStream(`${server.base}/listen`);
  await server.train('p', { agreement, agreementPid: pidFile, agreementUntil: go });
  await server.jobIn('p', 'completed');
  assert.equal((await server.get('/convert?project_id=p')).body['result'], 'OK');
  const pid = await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8'), 60_000, 'the comparison');

  await server.train('another');
  await until(() => !existsSync(`/proc/${pid}`), 60_000, 'the comparison to make way');
  assert.ok(!stream.messages.some(({ data }) => data['code'] === 'agreement_checked'));

  await server.jobIn('another', 'completed');
  await writeFile(go, '');
  const notice = await until(
    () => stream.messages.find(({ data }) => data['code'] === 'agreement_checked'),
    60_000,
    'what was found',
  );
  assert.equal(notice.data.event, 'notice');
  assert.match(notice.data.msg, /with 247 photos.*for 246 of them; of 100 others expect 98 to 100/);
  stream.close();
});

test('a comparison that fails is logged with what it wrote, and the server goes on', async () => {
  const lines: string[] = [];
  const server = await startJobServer(
    { slots: 1, logLevel: 'warn' },
    { tuning: { agreementAfterMs: 20, agreementMinFreeBytes: 0 }, logTo: { write: (line) => lines.push(line) } },
  );
  await server.train('p', { agreementFault: 'no such network' });
  await server.jobIn('p', 'completed');
  assert.equal((await server.get('/convert?project_id=p')).body['result'], 'OK');
  await until(
    () => lines.some((line) => line.includes('were not compared') && line.includes('no such network')),
    60_000,
    'the log',
  );
  assert.equal((await server.get('/ping')).status, 200);
});
