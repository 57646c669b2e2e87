import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { MAX_PROJECT_JSON_BYTES, parseProjectFile } from '../../src/projects/project-file.ts';

const good = {
  id: 'x',
  name: 'โครงงาน',
  projectType: 'OBJECT_DETECTION',
  labels: [{ label: 'b' }, { label: 'B' }, { label: 7 }, { label: '🐱' }, { label: '\ufb00' }],
  trainConfig: { epochs: '5' },
};
const parse = (value: unknown) =>
  parseProjectFile(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

function refused(value: unknown, reason: RegExp, code = 'project_json_invalid'): Promise<void> {
  return assert.rejects(parse(value), (error: unknown) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, reason);
    return error.statusCode >= 400 && error.statusCode < 500;
  });
}

test('what the server needs is read, labels in the order of the model', async () => {
  const file = await parse(good);
  assert.deepEqual(file.labels, ['7', 'B', 'b', '🐱', '\ufb00']);
  assert.deepEqual([file.name, file.type, file.board], ['โครงงาน', 'OBJECT_DETECTION', 'kidbright-mai']);
  assert.equal(file.trainConfig['epochs'], '5');
  assert.equal(file.trainConfig['modelType'], 'slim_yolo_v2');
  assert.equal(file.trainConfig['validateMatrix'], 'mAP');
});

test('a byte order mark is no harm, empty fields are as if absent', async () => {
  assert.equal(
    (await parse(`\ufeff${JSON.stringify({ ...good, trainConfig: null, currentBoard: null, labels: null, name: 5 })}`))
      .name,
    '5',
  );
});

test('labels may be named as prototypes are', async () => {
  assert.deepEqual((await parse({ ...good, labels: ['__proto__', 'constructor', 'toString'] })).labels, [
    '__proto__',
    'constructor',
    'toString',
  ]);
});

test('labels may hold whatever a pupil can type or paste', async () => {
  const labels = ['\t', 'a\nb', 'cat', 'cat ', '1/2', 'A', 'a', '"', '\\', 'null', 'undefined', 'x'.repeat(200)];
  assert.deepEqual(new Set((await parse({ ...good, labels })).labels), new Set(labels));
});

test('what cannot be used is refused with its place', async () => {
  await refused('{"projectType": NaN}', /not valid JSON/);
  await refused(Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), /not valid JSON/);
  await refused('[]', /must be a JSON object/);
  await refused({ ...good, projectType: 'TEXT' }, /projectType is "TEXT"/);
  await refused({ ...good, projectType: undefined }, /projectType is missing/);
  await refused({ ...good, labels: { a: 1 } }, /labels is an object/);
  await refused({ ...good, labels: [{ label: ['a'] }] }, /a label is a list/);
  await refused({ ...good, name: 'a\nb' }, /name holds a control character/);
  await refused({ ...good, labels: ['x'.repeat(201)] }, /a label is longer than 200/);
  await refused({ ...good, labels: Array.from({ length: 1001 }, (_, n) => `l${n}`) }, /1001 labels, 1000 is the limit/);
  await refused({ ...good, name: 'x'.repeat(201) }, /name is longer than 200/);
  await refused({ ...good, trainConfig: [] }, /trainConfig is a list/);
  await refused({ ...good, currentBoard: 'mai' }, /currentBoard is "mai"/);
  await refused(`{"projectType":"OBJECT_DETECTION","x":{"__proto__":{"a":1}}}`, /"__proto__"/);
  await refused(
    `{"projectType":"OBJECT_DETECTION","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    /nested deeper than 100/,
  );
  await refused(`"${'x'.repeat(MAX_PROJECT_JSON_BYTES)}"`, /larger than 5 MB/, 'project_json_too_large');
});
