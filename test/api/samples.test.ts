import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../src/messages/sentence.ts';
import { FINDING_CODES } from '../../src/samples/findings.ts';
import { sampleIdOf } from '../../src/samples/sample.ts';
import type { AnswersAnswer } from '../../src/samples/schemas.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { putOutput } from '../helpers/put-output.ts';
import { sampleClient } from '../helpers/sample-client.ts';

const server = await buildTestApp();
const { upload, samplesOf, fetchOf } = sampleClient(await server.listen());

/** As a training leaves it. */
async function putModel(id: string, samples: object, report: object) {
  await putOutput(server, id, 'samples.json', samples);
  await putOutput(server, id, 'report.json', report);
  await putOutput(server, id, 'origin.json', { jobId: 'job-1', finishedAt: 5 });
}

describe('GET /projects/<id>/samples', () => {
  it('lists the photos of every label, whatever its name, and none of what is no sample', async () => {
    const labels = ['Cat', 'cat', 'on/off', 'หมา แมว', 'a:b', 'é', 'empty'];
    const members = Object.fromEntries(
      labels.slice(0, -1).flatMap((label) => [1, 2].map((n) => [`dataset/${label}/${n}.jpg`, `${n} of ${label}`])),
    );
    const others = { 'dataset/null/x.jpg': 'x', 'dataset/other/y.jpg': 'y', 'dataset/Cat/Thumbs.db': 'z' };
    await upload('labels', { labels, filesPerLabel: 0, members: { ...members, ...others } });
    const { labels: counted, total, samples, trained } = await samplesOf('labels');
    assert.deepEqual(
      counted.map(({ label, samples: count }) => [label, count]),
      [
        ['Cat', 2],
        ['a:b', 2],
        ['cat', 2],
        ['empty', 0],
        ['on/off', 2],
        ['é', 2],
        ['หมา แมว', 2],
      ],
    );
    assert.deepEqual([total, samples.length, trained], [12, 12, null]);
    assert.deepEqual(new Set(samples.map(({ id, file }) => id === sampleIdOf(file))), new Set([true]));
    const thai = samples.find(({ label }) => label === 'หมา แมว') ?? assert.fail();
    assert.equal(await (await fetchOf('labels', thai.id, 'file')).text(), '1 of หมา แมว');
    assert.equal(thai.bytes, Buffer.byteLength('1 of หมา แมว'));
  });

  it('gives a part of them, or those of one label', async () => {
    await upload('many', { filesPerLabel: 5 });
    const part = await samplesOf('many', '?offset=3&limit=4');
    assert.deepEqual(
      [part.total, part.samples.map(({ file }) => file)],
      [10, ['dataset/Cat/3.jpg', 'dataset/Cat/4.jpg', 'dataset/Dog/0.jpg', 'dataset/Dog/1.jpg']],
    );
    const dogs = await samplesOf('many', '?label=Dog&limit=2');
    assert.deepEqual([dogs.total, dogs.samples.length, dogs.samples[0]?.label], [5, 2, 'Dog']);
    for (const query of ['?offset=-1', '?limit=5000', '?limit=x', '?language=xx'])
      assert.equal((await server.app.inject(`/projects/many/samples${query}`)).statusCode, 400, query);
  });

  it('knows a new upload at once', async () => {
    await upload('again', { filesPerLabel: 1 });
    assert.equal((await samplesOf('again')).total, 2);
    await upload('again', { filesPerLabel: 4 });
    assert.equal((await samplesOf('again')).total, 8);
  });

  it('says what is odd: of the labels itself, of the photos what the training found', async () => {
    await upload('odd', {
      labels: ['Cat', 'Dog'],
      filesPerLabel: 0,
      members: Object.fromEntries(
        Array.from({ length: 30 }, (_, n) => [n < 25 ? `dataset/Cat/${n}.jpg` : `dataset/Dog/${n}.jpg`, `${n}`]),
      ),
    });
    const of = (file: string, scene: number, heldBack = false) => ({
      file: `dataset/${file}.jpg`,
      label: file.slice(0, 3),
      scene,
      held_back: heldBack,
    });
    await putModel(
      'odd',
      {
        format: 1,
        labels: ['Cat', 'Dog'],
        samples: [of('Cat/0', 0), of('Cat/1', 0, true), of('Dog/25', 1), of('Cat/99', 0)],
      },
      {
        training: {
          findings: [
            { code: 'mislabelled', count: 1, files: [{ file: 'dataset/Cat/3.jpg', suggestion: 'Dog' }] },
            { code: 'unreadable', count: 3, files: [{ file: 'dataset/Dog/26.jpg' }, { file: 'dataset/Dog/gone.jpg' }] },
            { code: 'black', count: 1, files: [{ file: 'dataset/Dog/gone.jpg' }] },
            { code: 'few_scenes', count: 25, labels: ['Cat'], scenes: 2, files: [] },
            { code: 'of a later server', count: 1, files: [] },
            { code: 'dark', count: 'many' },
          ],
        },
      },
    );
    const { findings } = await samplesOf('odd', '?language=th');
    assert.deepEqual(
      findings.map(({ code, count, action, labels: of }) => [code, count, action, of]),
      [
        ['mislabelled', 1, 'move', undefined],
        ['near_duplicates', 1, 'leave_out', undefined],
        ['unreadable', 2, 'leave_out', undefined],
        ['too_few', 5, 'collect', ['Dog']],
        ['unbalanced', 1, 'collect', ['Dog']],
        ['few_scenes', 25, 'collect', ['Cat']],
      ],
    );
    for (const { msg } of findings) assert.match(msg, /\p{Script=Thai}/u);
    assert.deepEqual(
      [findings[0]?.samples[0]?.suggestion, findings[1]?.samples[0]?.pair],
      ['Dog', sampleIdOf('dataset/Cat/0.jpg')],
    );
  });

  it('says of each photo what the training knows: its scene, and whether it was held back', async () => {
    const { samples, labels, trained } = await samplesOf('odd');
    const second = samples.find(({ file }) => file === 'dataset/Cat/1.jpg');
    assert.deepEqual([second?.scene, second?.held_back, second?.findings], [0, true, ['near_duplicates']]);
    assert.deepEqual(samples.find(({ file }) => file === 'dataset/Cat/2.jpg')?.scene, null);
    assert.deepEqual(labels[0], { label: 'Cat', samples: 25, left_out: 0, scenes: 1, held_back: 1 });
    assert.deepEqual(trained, { job_id: 'job-1', finished_at: 5, same_upload: false });
  });

  it('takes what a model of an older server left, or a damaged file, for nothing', async () => {
    await upload('old');
    await putModel('old', { format: 2 }, { training: { findings: 7 } });
    const { trained, findings } = await samplesOf('old');
    assert.deepEqual([trained, findings.map(({ code }) => code)], [null, ['too_few', 'too_few']]);
  });

  it('has a sentence for every finding, in both languages', async () => {
    for (const code of FINDING_CODES)
      for (const language of ['en', 'th'] as const)
        assert.ok(catalogue.find(`finding_${code}`, language), `${code} in ${language}`);
  });
});

describe('GET /projects/<id>/answers', () => {
  it('has the answers of both networks, and whether they differ', async () => {
    await upload('answers');
    const said = (label: string) => ({ label, prob: 0.75 });
    const sample = { label: 'Cat', scene: 0, held_back: true };
    const box = (label: string) => ({ boxes: [{ label, prob: 0.5, box: [1, 2, 3, 4] }] });
    const samples = [
      { ...sample, file: 'dataset/Cat/0.jpg', counted: 'Dog', float: said('Dog'), board: said('Cat') },
      { ...sample, file: 'dataset/Cat/1.jpg', counted: 'Cat', float: said('Cat') },
      { ...sample, file: 'dataset/Cat/2.jpg' },
      { ...sample, file: 'dataset/Dog/0.jpg', float: box('Cat'), board: box('Cat') },
    ];
    await putModel('answers', { format: 1, labels: ['Cat', 'Dog'], samples }, {});
    const {
      answers,
      converted,
      job_id: job,
      labels,
    } = (await server.app.inject('/projects/answers/answers')).json<AnswersAnswer>();
    assert.deepEqual([job, converted, labels], ['job-1', true, ['Cat', 'Dog']]);
    assert.deepEqual(
      answers.map(({ file, counted, changed }) => [file, counted, changed]),
      [
        ['dataset/Cat/0.jpg', 'Dog', true],
        ['dataset/Cat/1.jpg', 'Cat', null],
        ['dataset/Dog/0.jpg', null, false],
      ],
    );
    assert.deepEqual([answers[0]?.float, answers[2]?.board], [said('Dog'), box('Cat')]);
  });

  it('is empty where there is no model', async () => {
    await upload('none');
    const { answers, job_id: job } = (await server.app.inject('/projects/none/answers')).json<AnswersAnswer>();
    assert.deepEqual([answers, job], [[], null]);
  });
});
