import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Card, ClassAnswer } from '../../src/classroom/schemas.ts';
import { type EventStream, openStream } from '../helpers/event-stream.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { ODD_IDS } from '../helpers/odd-ids.ts';
import { SAME_REPORT } from '../helpers/page-model.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { putOutput } from '../helpers/put-output.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

interface ClassMessage {
  readonly event: 'class' | 'project' | 'progress' | 'removed' | 'server';
  readonly project?: Card;
  readonly projects?: readonly Card[];
  readonly project_id?: string;
  readonly job?: Card['job'];
  readonly points?: Card['curve'];
}

const messagesOf = (stream: EventStream) => stream.messages.map(({ data }) => data as unknown as ClassMessage);

/** What a page knows that did nothing but follow the stream. */
function followed(stream: EventStream): Map<string, Card> {
  const cards = new Map<string, Card>();
  for (const { event, project, projects, project_id: id = '', job, points = [] } of messagesOf(stream)) {
    if (event === 'class') cards.clear();
    for (const card of projects ?? (project === undefined ? [] : [project])) cards.set(card.id, card);
    if (event === 'removed') cards.delete(id);
    const known = cards.get(id);
    if (event !== 'progress' || known === undefined) continue;
    const again = new Set(points.map(({ epoch }) => epoch));
    const curve = [...known.curve.filter(({ epoch }) => !again.has(epoch)), ...points];
    cards.set(id, { ...known, job: job ?? null, curve });
  }
  return cards;
}

const look = async (server: JobServer, query = '') =>
  (await server.get(`/class${query}`)).body as unknown as ClassAnswer;
const cardOf = async (server: JobServer, id: string) =>
  (await look(server)).projects.find((card) => card.id === id) ?? assert.fail(`no card of ${id}`);

const REPORT = {
  ...SAME_REPORT,
  conversion: {
    accuracy_board: 49,
    agreement: 98,
    compared: { same: 24, compared: 24, expect_least: 86, expect_most: 100 },
    frame_rate: { frames_per_second: 16, at_least: 14, at_most: 18 },
    milliseconds: { at_least: 9, at_most: 11 },
    board: 'kidbright-mai-plus',
  },
};

describe('GET /class', () => {
  let server: JobServer;
  setUp(async () => {
    server = await startJobServer();
  });

  it('has every project with its labels, its newest job and the room that is left', async () => {
    await server.upload(
      'fresh',
      {},
      { labels: ['Cat', 'หมา', 'on/off'], filesPerLabel: 2, members: { 'dataset/null/x.jpg': 'x' } },
    );
    const { projects, server: state, version } = await look(server);
    assert.match(`${projects.length} in ${version}`, /^1 in [0-9a-f]+-\d+$/);
    const [card = assert.fail()] = projects;
    assert.deepEqual(
      [card.id, card.type, card.state, card.stage, card.job, card.result, card.curve, card.samples, card.stuck],
      ['fresh', 'IMAGE_CLASSIFICATION', 'uploaded', 0, null, null, [], 6, null],
    );
    assert.deepEqual(
      card.labels.map(({ label, samples }) => [label, samples]),
      [
        ['Cat', 2],
        ['on/off', 2],
        ['หมา', 2],
      ],
    );
    assert.deepEqual([state.slots, state.free_slots, state.waiting, state.disk_full], [1, 1, 0, false]);
    assert.ok((state.disk_free ?? 0) > 0);
  });

  it('says how the newest training stands, why it failed in the language of the reader, and that it is stuck', async () => {
    await server.train('bad', { script: 'exit_three' });
    await server.jobIn('bad', 'failed');
    const card = await cardOf(server, 'bad');
    assert.deepEqual([card.state, card.stuck, card.job?.kind], ['failed', 'failed', 'train']);
    const thai = (await look(server, '?language=th')).projects.find(({ id }) => id === 'bad');
    assert.equal(card.job?.code, 'child_crashed');
    assert.match(card.job?.reason ?? '', /^[ -~]+$/);
    assert.match(thai?.job?.reason ?? '', /\p{Script=Thai}/u);
  });

  it('has the curve of a training that was not watched, and of its model what its report says', async () => {
    await server.train('good', { epochs: 3 });
    await server.jobIn('good', 'completed');
    const card = await cardOf(server, 'good');
    assert.deepEqual([card.state, card.stage], ['completed', 3]);
    assert.deepEqual(
      card.curve.map(({ epoch, val_acc: accuracy }) => [epoch, accuracy]),
      [
        [1, 51],
        [2, 52],
        [3, 53],
      ],
    );
    await putOutput(server, 'good', 'report.json', REPORT);
    await server.upload('good');
    const { result, stuck } = await until(async () => {
      const found = await cardOf(server, 'good');
      return found.result?.checked === 8 ? found : undefined;
    });
    assert.deepEqual(
      [result?.right, result?.expect_least, result?.expect_most, result?.same_answer, result?.converted, stuck],
      [4, 20, 80, 'Cat', true, 'same_answer'],
    );
    assert.deepEqual(result?.board, {
      value: 49,
      agreement: 98,
      same: 24,
      compared: 24,
      expect_least: 86,
      expect_most: 100,
      frames_per_second: 16,
      frames_at_least: 14,
      frames_at_most: 18,
      ms_at_least: 9,
      ms_at_most: 11,
      id: 'kidbright-mai-plus',
      name: 'KidBright mAI Plus',
    });
  });

  it('takes a report that is none for no result, and goes on', async () => {
    const output = join(server.config.projectsDir, 'fresh', 'output');
    await mkdir(output);
    await writeFile(join(output, 'report.json'), '[{"training":');
    await server.upload('fresh');
    assert.equal((await cardOf(server, 'fresh')).result?.value, null);
  });
});

describe('GET /class/events', () => {
  let server: JobServer;
  setUp(async () => {
    server = await startJobServer();
  });

  it('begins with everything and then has what changes: uploads, places, epochs, models, deletions', async () => {
    await server.upload('before');
    const stream = await openStream(`${server.base}/class/events`);
    await stream.waitFor('class');
    await server.train('one', { epochs: 40, epochMs: 30 });
    await server.from('127.0.0.2').train('two', { epochs: 1 });
    await until(() => followed(stream).get('two')?.job?.place === 1);
    await until(() => (followed(stream).get('one')?.job?.epoch ?? 0) > 2);
    await until(() => followed(stream).get('two')?.state === 'completed', 20_000);
    assert.equal((await fetch(`${server.base}/projects/before`, { method: 'DELETE' })).status, 200);
    await until(() => !followed(stream).has('before'));
    const now = await look(server);
    const same = now.projects.find(({ id }) => id === 'one');
    await until(() => isDeepStrictEqual(followed(stream).get('one'), same));
    assert.deepEqual(followed(stream).get('one')?.curve.length, 40);
    const kinds = new Set(messagesOf(stream).map(({ event }) => event));
    assert.deepEqual([...kinds].sort(), ['class', 'progress', 'project', 'removed', 'server']);
    assert.ok(stream.messages.every(({ id }) => /^[0-9a-f]+-\d+$/.test(id ?? '')));
    stream.close();
  });

  it('goes on after the last id, and begins anew after one of another start', async () => {
    const first = await openStream(`${server.base}/class/events`);
    await first.waitFor('class');
    await server.upload('early');
    await first.waitFor('project');
    const last = first.messages.at(-1)?.id ?? '';
    first.close();
    await server.upload('missed');
    await server.upload('gone');
    await fetch(`${server.base}/projects/gone`, { method: 'DELETE' });
    const again = await openStream(`${server.base}/class/events`, { headers: { 'last-event-id': last } });
    await until(() => messagesOf(again).some(({ project }) => project?.id === 'missed'));
    assert.ok(!messagesOf(again).some(({ event, project }) => event === 'class' || project?.id === 'early'));
    assert.ok(!followed(again).has('gone'));
    again.close();
    const byAnswer = await openStream(`${server.base}/class/events?last_event_id=${(await look(server)).version}`);
    await server.upload('later');
    await byAnswer.waitFor('project');
    assert.deepEqual(messagesOf(byAnswer)[0]?.project?.id, 'later');
    byAnswer.close();
    for (const id of ['0123456789-3', 'x', `${last.split('-')[0]}-999999`]) {
      const fresh = await openStream(`${server.base}/class/events`, { headers: { 'last-event-id': id } });
      await fresh.waitFor('class');
      fresh.close();
    }
  });

  it('takes any project id, and shows a classroom its own projects alone', async () => {
    const keyed = await startJobServer({
      keys: [
        { workspace: '7a', key: 'river-candle-tiger' },
        { workspace: '7b', key: 'candle-tiger-river' },
      ],
    });
    const a = await openStream(`${keyed.base}/w/river-candle-tiger/class/events`);
    const b = await openStream(`${keyed.base}/w/candle-tiger-river/class/events`);
    await Promise.all([a.waitFor('class'), b.waitFor('class')]);
    for (const id of ODD_IDS) {
      const form = uploadForm(id, await makeProjectZip({ filesPerLabel: 1 }));
      const sent = await keyed.app.inject({ method: 'POST', url: '/w/river-candle-tiger/upload', ...form });
      assert.equal(sent.statusCode, 200, id);
    }
    await until(() => followed(a).size === ODD_IDS.length);
    assert.deepEqual([...followed(a).keys()].sort(), [...ODD_IDS].sort());
    assert.equal(followed(b).size, 0);
    assert.equal((await fetch(`${keyed.base}/class`)).status, 404);
    a.close();
    b.close();
  });
});
