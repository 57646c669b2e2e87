import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { describe, it } from 'node:test';
import { childCommand, convertLine, firstAnswerCommand, trainLine } from '../../src/child/command.ts';
import { childEnvironment } from '../../src/child/environment.ts';
import { loadConfig } from '../../src/config.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { jobLine } from '../../src/jobs/run/job-line.ts';
import { isProjectFolder } from '../../src/projects/folder-name.ts';
import { projectPaths, sharedCache } from '../../src/projects/paths.ts';

const CONFIG = {
  python: '/venv/python',
  pythonDir: '/app/python',
  weightsDir: undefined,
  missingWeights: 'substitute',
} as const;
const WHERE = { project: 'P', output: 'O', cache: 'C', device: 'cpu', threads: 2 };
const SLOT = { index: 0, device: 'cpu', threads: 2 };

describe('the environment of a child', () => {
  it('holds what is allowed and no key', () => {
    const own = {
      PATH: '/bin',
      HOME: '/home/x',
      LC_ALL: 'C',
      NVIDIA_VISIBLE_DEVICES: '0',
      MAI_KEY: 'secret',
      AWS_TOKEN: 'secret',
      NODE_OPTIONS: '--x',
      EMPTY: undefined,
    };
    const env = childEnvironment(own, { threads: 3, weightsDir: '/w' });
    assert.deepEqual(env, {
      PATH: '/bin',
      HOME: '/home/x',
      LC_ALL: 'C',
      NVIDIA_VISIBLE_DEVICES: '0',
      OMP_NUM_THREADS: '3',
      MKL_NUM_THREADS: '3',
      OPENBLAS_NUM_THREADS: '3',
      NUMEXPR_NUM_THREADS: '3',
      OMP_WAIT_POLICY: 'PASSIVE',
      MALLOC_MMAP_THRESHOLD_: '1073741824',
      MALLOC_TRIM_THRESHOLD_: '1073741824',
      PYTHONUNBUFFERED: '1',
      PYTHONIOENCODING: 'utf-8',
      MAI_WEIGHTS_DIR: '/w',
    });
  });
});

describe('the command of a child', () => {
  it('is a list of arguments with the device and the GPU of its slot', () => {
    const { file, args, env } = childCommand(CONFIG, { PATH: '/bin' }, { device: 'auto', threads: 4, gpu: '1' });
    assert.equal(file, '/venv/python');
    assert.deepEqual(args, ['/app/python/child.py', '--device', 'auto']);
    assert.equal(env.CUDA_VISIBLE_DEVICES, '1');
    assert.equal(env.OMP_NUM_THREADS, '4');
  });

  it('of first answers has its GPU and its threads too', () => {
    const { args, env } = firstAnswerCommand(CONFIG, {}, { device: 'cuda', threads: 3, gpu: '1' });
    assert.deepEqual(args, ['/app/python/first_answers.py', '--device', 'cuda', '--threads', '3']);
    assert.deepEqual([env.CUDA_VISIBLE_DEVICES, env.OMP_NUM_THREADS], ['1', '3']);
  });

  it('resumes with the newest epoch that is in the log; sounds share the cores', () => {
    const job = {
      ...WHERE,
      entry: 'train_image_classification',
      checkpoints: 'K',
      instant: 'I',
      answered: false,
    } as const;
    const fresh = trainLine(CONFIG, { ...job, resumeAfterEpoch: undefined });
    assert.deepEqual(fresh.args, [
      '--project',
      'P',
      '--output',
      'O',
      '--checkpoints',
      'K',
      '--cache',
      'C',
      '--instant',
      'I',
      '--device',
      'cpu',
      '--threads',
      '2',
      '--missing-weights',
      'substitute',
    ]);
    const sounds = trainLine(CONFIG, { ...job, entry: 'train_voice_classification', resumeAfterEpoch: undefined });
    assert.deepEqual(sounds.args.slice(fresh.args.length), ['--share-cores']);
    const boxes = trainLine(CONFIG, { ...job, entry: 'train_object_detection', resumeAfterEpoch: undefined });
    assert.deepEqual(boxes.args, fresh.args);
    const answered = trainLine(CONFIG, { ...job, answered: true, resumeAfterEpoch: undefined });
    assert.deepEqual(answered.args.slice(fresh.args.length), ['--answered']);
    const resumed = trainLine({ ...CONFIG, weightsDir: 'W' }, { ...job, resumeAfterEpoch: 0 });
    assert.deepEqual(resumed.args.slice(fresh.args.length), ['--weights-dir', 'W', '--resume', '--logged-epoch', '0']);
  });

  it('converts from the finished model with the photos of its training', () => {
    const { entry, args } = convertLine({ ...WHERE, model: 'M', sharedCache: 'S', board: 'B' });
    assert.equal(entry, 'convert');
    assert.deepEqual(args.slice(0, 8), ['--project', 'P', '--model', 'M', '--output', 'O', '--cache', 'C']);
    assert.deepEqual(args.slice(8), ['--shared-cache', 'S', '--device', 'cpu', '--threads', '2', '--board', 'B']);
  });

  it('keeps what conversions share beside the projects, where no project can be', () => {
    const config = loadConfig({ MAI_PROJECTS_DIR: '/projects' });
    const job = { id: 'j1', kind: 'convert', inputOf: 'j0', projectType: 'IMAGE_CLASSIFICATION' } as Job;
    const lines = ['', 'class'].map((workspace) =>
      jobLine(config, job, projectPaths(config.projectsDir, workspace, 'p1'), SLOT, 0),
    );
    const folders = lines.map(({ args }) => args[args.indexOf('--shared-cache') + 1] ?? '');
    assert.deepEqual(folders, [sharedCache(config.projectsDir), sharedCache(config.projectsDir)]);
    assert.equal(dirname(folders[0] ?? ''), config.projectsDir);
    assert.ok(!isProjectFolder(basename(folders[0] ?? '')));
  });
});
