import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { jobClient } from '../helpers/job-server.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import {
  pathsIn,
  readTrace,
  replayTrace,
  STRACE_CALLS,
  whyNoTrace,
  type Disk,
  type TracedCall,
} from '../helpers/traced-disk.ts';

const skip = whyNoTrace() ?? false;

/** A server that is watched while it takes two uploads, trains and converts. */
async function trace(projects: string): Promise<TracedCall[]> {
  const path = join(await tempDir(), 'trace');
  const orders = JSON.stringify({ config: { projectsDir: projects } });
  const strace = ['-f', '-yy', '-qq', '-s', '2000', '--seccomp-bpf', '-e', `trace=${STRACE_CALLS}`, '-o', path];
  const server = spawn('strace', [...strace, process.execPath, ...scriptArguments('job-server'), orders], {
    env: { ...process.env, UV_USE_IO_URING: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  whenOver(() => server.kill('SIGKILL'));
  const [address] = (await once(server.stdout, 'data')) as [Buffer];
  const client = jobClient(address.toString().trim());
  const stream = await openStream(`${client.base}/listen`);
  assert.equal((await client.upload('p')).status, 200);
  assert.equal((await client.train('p', { epochs: 1 })).status, 200);
  await stream.waitFor('train_end');
  assert.deepEqual((await client.get('/convert?project_id=p')).body, { result: 'OK' });
  stream.close();
  const gone = once(server, 'exit');
  // strace passes no signal on; the server ends with it
  server.kill('SIGKILL');
  await gone;
  return readTrace(path);
}

describe('a power cut after an answer', { skip }, () => {
  let [projects, root] = ['', ''];
  let calls: readonly TracedCall[] = [];
  setUp(async () => {
    projects = await tempDir();
    root = join(projects, 'p');
    calls = await trace(projects);
  });
  const isRename = ({ call, args }: TracedCall, to: string) => call.startsWith('rename') && pathsIn(args)[1] === to;
  const saysToClient = ({ call, args }: TracedCall, text: string) =>
    /^(write|writev|send)/.test(call) && /^\d+<TCP/.test(args) && args.includes(text);

  /** What the disk lacks at each call that fits. */
  const lacks = (
    fits: (call: TracedCall) => boolean,
    of: (call: TracedCall, disk: Disk) => readonly string[],
  ): (readonly string[])[] => {
    const found: (readonly string[])[] = [];
    replayTrace(calls, (call, disk) => {
      if (fits(call)) found.push(of(call, disk));
    });
    return found;
  };
  const staged = ({ args }: TracedCall, disk: Disk) => disk.unsynced(pathsIn(args)[0] ?? '');
  const name = (path: string, disk: Disk) => disk.unsynced(path).filter((folder) => folder === path);

  it('finds the photos and settings of an upload: data, then the rename', () => {
    assert.deepEqual(
      lacks((call) => isRename(call, join(root, '.next-upload')), staged),
      [[], []],
    );
  });

  it('finds the files of a model and its origin: data, then the rename', () => {
    assert.deepEqual(
      lacks((call) => isRename(call, join(root, '.next-output')), staged),
      [[], []],
    );
    const origins = calls.filter(
      ({ call, args }) => call.startsWith('write') && args.includes('origin.json>') && args.includes('jobId'),
    );
    assert.equal(origins.length, 2);
  });

  it('finds the rename, which is safe before anybody is notified', () => {
    const synced = (pending: string, answer: string) => {
      let renamed = false;
      let safe = false;
      const isSafe: boolean[] = [];
      for (const call of calls) {
        if (isRename(call, join(root, pending))) [renamed, safe] = [true, false];
        else if (renamed && call.call === 'fsync' && pathsIn(call.args)[0] === root) safe = true;
        else if (saysToClient(call, answer)) isSafe.push(renamed && safe);
      }
      return isSafe;
    };
    assert.deepEqual(synced('.next-upload', '\\"result\\":\\"success\\"'), [true, true]);
    assert.deepEqual(synced('.next-output', '\\"train_end\\"'), [true]);
    assert.deepEqual(synced('.next-output', '\\"convert_model_end\\"'), [true]);
  });

  it('finds the folder of a new project, and the job that was accepted', () => {
    const first = calls.findIndex((call) => saysToClient(call, '\\"result\\":\\"success\\"'));
    assert.ok(calls.slice(0, first).some(({ call, args }) => call === 'fsync' && pathsIn(args)[0] === projects));
    const accepted = lacks(
      (call) => saysToClient(call, '\\"job_id\\":') && saysToClient(call, '\\"result\\":\\"OK\\"'),
      (_, disk) => [
        ...name(join(root, 'jobs'), disk),
        ...name(root, disk),
        ...disk.unsynced(join(root, 'jobs')).filter((path) => path.endsWith('job.json') || path.includes('input')),
      ],
    );
    assert.deepEqual(accepted, [[]]);
  });
});
