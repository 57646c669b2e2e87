import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createJsonCounter, type JsonLimits } from '../../src/http/json-limits.ts';
import { DATASET_JSON_LIMITS, PROJECT_JSON_LIMITS, tooMuchInText } from '../../src/projects/json-size.ts';
import { parseProjectFile } from '../../src/projects/project-file.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';

const ref = { workspace: '', id: 'p1' };
const list = (values: number) => `[${Array(values).fill('0').join(',')}]`;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const projectWith = (graph: string) =>
  Buffer.from(`{"projectType":"IMAGE_CLASSIFICATION","labels":[],"graph":${graph}}`);

describe('what JSON holds, counted without parsing it', () => {
  const limits: JsonLimits = { maxValues: 20, maxDepth: 4 };
  const cases = [
    [list(20), undefined],
    [list(21), 'values'],
    [nested(4), undefined],
    [nested(5), 'depth'],
    [`[${Array(20).fill('[]').join()}]`, undefined],
    [`[${Array(21).fill(' [ ] ').join()}]`, 'values'],
    [`[${Array(11).fill('[1]').join()}]`, 'values'],
    [`[${Array(21).fill('{}').join(' ,\n')}]`, 'values'],
    [JSON.stringify({ a: { b: { c: { d: 1 } } } }), undefined],
    [JSON.stringify({ a: { b: { c: { d: {} } } } }), 'depth'],
    [JSON.stringify(['[[[[[[,,,,,,,,,,,,,,,,,,,,,,,,', '"[[[[[[', '\\', '\\"[[[[[[', 'ๆ[[[[[[']), undefined],
    [JSON.stringify(['\\\\"', [[[[1]]]]]), 'depth'],
    [`${']'.repeat(9)}${nested(4)}`, undefined],
    ['[[[[[ is no JSON', 'depth'],
    ['', undefined],
  ] as const;

  for (const [text, expected] of cases) {
    it(`${text.slice(0, 40)}: ${expected ?? 'no limit'}, however it is cut`, () => {
      const bytes = Buffer.from(text);
      for (const piece of [1, 2, 3, 7, bytes.length || 1]) {
        const count = createJsonCounter(limits);
        let found: string | undefined;
        for (let at = 0; at < bytes.length; at += piece) found ??= count(bytes.subarray(at, at + piece));
        assert.equal(found, expected, `in pieces of ${piece}`);
      }
    });
  }

  it('in pieces, between which others get their turn', async () => {
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await tooMuchInText(Buffer.alloc(60_000_000, '[],'), { maxValues: 1e9, maxDepth: 100 });
    isOver = true;
    assert.ok(turns > 3, `${turns} turns`);
  });
});

/** How many characters are parsed as JSON by what follows. */
function countParsed(t: TestContext): () => number {
  const parse = t.mock.method(JSON, 'parse');
  return () => parse.mock.calls.reduce((sum, { arguments: [text] }) => sum + String(text).length, 0);
}

describe('project.json', () => {
  it('is refused beyond its limits before any of it is parsed', async (t) => {
    const parsed = countParsed(t);
    const { maxValues } = PROJECT_JSON_LIMITS;
    for (const graph of [list(maxValues + 1), nested(200), `[${Array(1_600_000).fill('[]').join()}]`]) {
      await assert.rejects(
        parseProjectFile(projectWith(graph)),
        /project.json cannot be used \(it (holds more than 100000 values|is nested deeper than 100 levels)/,
      );
    }
    assert.equal(parsed(), 0);
    await parseProjectFile(projectWith(list(maxValues - 10)));
  });

  it('has a trainConfig that is small enough for every Train to check and write it', async () => {
    const withConfig = (values: number) =>
      Buffer.from(`{"projectType":"IMAGE_CLASSIFICATION","trainConfig":{"other":${list(values)}}}`);
    await assert.rejects(parseProjectFile(withConfig(10_001)), /more than 10000 values in trainConfig/);
    await parseProjectFile(withConfig(9_000));
  });

  it('is parsed once, when it is uploaded: a Train costs the same whatever else it holds', async (t) => {
    const { store } = await makeStore();
    const small = { workspace: '', id: 'small' };
    await uploadTo(store, small);
    await uploadTo(store, ref, { project: { graph: Array(90_000).fill([]) } });
    const parsed = countParsed(t);
    await store.snapshot(small, 'j1');
    const ofSmall = parsed();
    await store.snapshot(ref, 'j1');
    assert.ok(parsed() - ofSmall < 2 * ofSmall, `${parsed() - ofSmall} characters, ${ofSmall} for a small project`);
    const size = (project: typeof ref) =>
      statSync(join(store.paths(project).jobPaths('j1').input, 'project.json')).size;
    assert.ok(size(ref) < 2 * size(small));
  });

  it('is read again where somebody edited it since', async () => {
    const { store } = await makeStore();
    await uploadTo(store, ref, { trainConfig: { epochs: 5 } });
    const { project } = store.paths(ref);
    const edited = {
      ...(JSON.parse(await readFile(project, 'utf8')) as object),
      name: 'edited',
      trainConfig: { epochs: 7 },
    };
    await writeFile(project, JSON.stringify(edited));
    await utimes(project, new Date(), new Date(Date.now() + 5000));
    assert.equal((await store.snapshot(ref, 'j1'))?.trainConfig['epochs'], 7);
    const written = JSON.parse(
      await readFile(join(store.paths(ref).jobPaths('j1').input, 'project.json'), 'utf8'),
    ) as Record<string, unknown>;
    assert.deepEqual(
      [written['name'], written['id'], written['labels'], written['currentBoard']],
      ['edited', 'p1', [{ label: 'Cat' }, { label: 'Dog' }], { id: 'kidbright-mai' }],
    );
  });
});

describe('dataset.json', () => {
  it('is refused beyond its limits, and what is no JSON is not (the folders are the truth)', async () => {
    const { store } = await makeStore();
    for (const [text, reason] of [
      [`[${','.repeat(DATASET_JSON_LIMITS.maxValues + 1)}]`, /more than 5000000 values/],
      [nested(101), /nested deeper than 100 levels/],
    ] as const) {
      await assert.rejects(
        uploadTo(store, ref, { members: { 'dataset.json': text } }),
        (error: Error & { code?: string }) => error.code === 'dataset_json_invalid' && reason.test(error.message),
      );
    }
    await uploadTo(store, ref, { members: { 'dataset.json': '{"data": [' } });
  });
});
