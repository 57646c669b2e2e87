import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startBackends } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// The comparison of board and network on more photos after a conversion, for one process and for a cluster.

const AGREEMENT = { same: 246, compared: 247, expect_least: 98, expect_most: 100 };
const systems = await startBackends({
  tuning: { agreementAfterMs: 20, agreementAgainMs: 20, agreementMinFreeBytes: 0 },
});

// Side by side, as neither knows of the other.
describe('the later comparison', { concurrency: true }, () => {
  for (const { name, skip, system } of systems)
    describe(`the later comparison: ${name}`, { skip, concurrency: false }, () => {
      const client = system.client?.('127.0.0.2');
      const scratch = tempDir();
      const begins = async (project: string) => {
        const [pidFile, go] = [join(await scratch, `${project}-pid`), join(await scratch, `${project}-go`)];
        await client.train(project, { agreement: AGREEMENT, agreementPid: pidFile, agreementUntil: go });
        await client.jobIn(project, 'completed');
        assert.equal((await client.get(`/convert?project_id=${project}`)).body['result'], 'OK');
        const pid = await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8'), 60_000, 'the comparison');
        return { pid, go: () => writeFileSync(go, '') };
      };

      it('makes way for a job, and its result reaches the streams of every server', async () => {
        const streams = await Promise.all(
          system.bases.map((base) => openStream(`${base}/listen?project_id=p`, { from: '127.0.0.2' })),
        );
        const { pid, go } = await begins('p');
        await client.train('another');
        await until(() => !existsSync(`/proc/${pid}`), 60_000, 'the comparison to make way');
        await client.jobIn('another', 'completed');
        go();
        for (const stream of streams) {
          await until(
            () => stream.messages.some(({ data }) => data['code'] === 'agreement_checked'),
            60_000,
            'what was found',
          );
          stream.close();
        }
      });

      it('ends before its project is deleted, through whichever server', async () => {
        for (const [index, base] of system.bases.entries()) {
          const { pid } = await begins(`gone${index}`);
          assert.ok((await fetch(`${base}/projects/gone${index}`, { method: 'DELETE' })).ok);
          assert.ok(!existsSync(`/proc/${pid}`), 'nobody reads its photos any more');
        }
      });
    });
});
