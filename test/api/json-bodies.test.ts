import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectNotFound } from '../../src/errors.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';

const { app } = await buildTestApp(
  {},
  {
    jobs: idleJobs({
      submitTrain: async () => {
        throw projectNotFound('none');
      },
    }),
  },
);
await app.ready();
const train = (config: string) =>
  app.inject({
    method: 'POST',
    url: '/train',
    headers: { 'content-type': 'application/json' },
    payload: `{"project":"none","train_config":${config}}`,
  });

test('a body that holds too much is refused before any of it is parsed', async (t) => {
  const parse = t.mock.method(JSON, 'parse');
  for (const config of [
    `{"a":[${Array(10_001).fill('0').join()}]}`,
    `{"a":[${Array(300_000).fill('[]').join()}]}`,
    `{"a":${'['.repeat(101)}${']'.repeat(101)}}`,
  ]) {
    const { statusCode, body } = await train(config);
    assert.equal(statusCode, 413);
    assert.match(
      body,
      /"result":"FAIL","code":"invalid_request".*(holds more than 10000 values|nested deeper than 100 levels)/,
    );
  }
  assert.deepEqual(
    parse.mock.calls.filter(({ arguments: [text] }) => String(text).includes('train_config":')),
    [],
  );
  assert.equal(
    (await train(`{"a":[${Array(9_000).fill('0').join()}]}`)).json<{ code: string }>().code,
    'project_not_found',
  );
});

test('bodies are read as before: empty, broken, with a byte order mark, with a prototype', async () => {
  const ask = async (payload: string) =>
    (await app.inject({ method: 'POST', url: '/train', headers: { 'content-type': 'application/json' }, payload }))
      .statusCode;
  assert.deepEqual(
    await Promise.all(
      [
        '',
        '{',
        '\ufeff{"project":"none"}',
        '{"__proto__":{},"project":"none"}',
        '{"project":"none","train_config":{"โมเดล":"แมว"}}',
      ].map(ask),
    ),
    [400, 400, 404, 400, 404],
  );
});

test('a small zip of many brackets is refused', async () => {
  const project = {
    graph: Array(1_600_000)
      .fill(0)
      .map(() => []),
  };
  const zip = await makeProjectZip({ project });
  assert.ok(zip.length < 60_000, `${zip.length} bytes`);
  const response = await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p1', zip) });
  assert.deepEqual([response.statusCode, response.json<{ code: string }>().code], [400, 'project_json_invalid']);
});
