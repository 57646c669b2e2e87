import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerState } from '../../src/classroom/schemas.ts';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

const KEYS = [
  { workspace: '7a', key: 'first-long-key' },
  { workspace: '7b', key: 'second-long-key' },
];

test('a class is notified when an IDE connects and when it leaves, for its own classroom alone', async () => {
  const server = await startJobServer({ keys: KEYS });
  const [own, other] = KEYS.map(({ key }) => `${server.base}/w/${key}`);
  const wall = await openStream(`${own}/class/events`);
  const ides = () =>
    wall.messages
      .map(({ data }) => data as unknown as { readonly server?: ServerState })
      .flatMap(({ server: state }) => (state === undefined ? [] : [state.ide]))
      .at(-1);
  await until(() => ides()?.streams === 0, 10_000, 'a class without IDE');
  const foreign = await openStream(`${other}/listen`);
  const ide = await openStream(`${own}/listen`);
  const second = await openStream(`${own}/listen?project_id=cats`);
  await until(() => ides()?.streams === 2, 10_000, 'two streams');
  assert.deepEqual(ides()?.addresses, ['127.0.0.1']);
  second.close();
  await until(() => ides()?.streams === 1, 10_000, 'one stream');
  ide.close();
  await until(() => ides()?.streams === 0, 10_000, 'no stream');
  foreign.close();
  wall.close();
});
