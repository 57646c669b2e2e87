import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { whenOver } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const ARGUMENTS = scriptArguments('server');
const environment = (more: Readonly<Record<string, string>>) => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  MAI_PORT: '0',
  LOG_LEVEL: 'silent',
  ...more,
});

/** The server as a process that is expected to end by itself. */
function run(more: Readonly<Record<string, string>>, ...argv: string[]) {
  return spawnSync(process.execPath, [...ARGUMENTS, ...argv], {
    env: environment(more),
    encoding: 'utf8',
    timeout: 60_000,
  });
}

async function start(dir: string, more: Readonly<Record<string, string>> = {}) {
  const server = spawn(process.execPath, ARGUMENTS, {
    env: environment({ MAI_PROJECTS_DIR: dir, ...more }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  whenOver(() => server.kill('SIGKILL'));
  let said = '';
  server.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  server.stderr.resume();
  const base = await until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0], 60_000, 'the address');
  const exited = once(server, 'exit') as Promise<[code: number | null, signal: string | null]>;
  return { server, base, exited, said: () => said };
}

test('--help prints every setting and starts nothing', () => {
  const { status, stdout, stderr } = run({ MAI_PORT: 'wrong' }, '--help');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /MAI_MAX_UNPACKED_MB +1000 +/);
});

test('what stops a start is one sentence; exit code 78 says that it is a setting, so trying again is of no use', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'file'), '');
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  const cases: readonly (readonly [number, Readonly<Record<string, string>>, RegExp, (readonly string[])?])[] = [
    [78, { MAI_DEVICE: 'tpu' }, /^MAI_DEVICE is "tpu"/],
    [78, { MAI_KEY: 'short' }, /^MAI_KEY holds a key of fewer than 12 characters/],
    [78, { MAI_TRUST_PROXY: '1' }, /^MAI_TRUST_PROXY is "1": write the address of the proxy/],
    [78, {}, /^"--port" is not known/, ['--port']],
    [78, { MAI_PROJECTS_DIR: join(dir, 'file') }, /^MAI_PROJECTS_DIR is/],
    [1, { MAI_PROJECTS_DIR: join(dir, 'a'), MAI_PORT: port }, /^The port is taken/],
  ];
  for (const [code, more, sentence, argv = []] of cases) {
    const { status, stderr } = run({ MAI_PROJECTS_DIR: dir, ...more }, ...argv);
    assert.equal(status, code);
    assert.match(stderr, sentence);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  taken.close();
});

test('a second server on one folder is refused', async () => {
  const dir = await tempDir();
  await start(dir);
  const { status, stderr } = run({ MAI_PROJECTS_DIR: dir });
  assert.equal(status, 1);
  assert.match(stderr, /^Another server uses the projects folder .*MAI_PROJECTS_DIR/);
});

test('after a kill the next server on a folder starts, and half an upload is gone', async () => {
  const dir = await tempDir();
  const first = await start(dir);
  const { payload, headers } = uploadForm('p1', await makeProjectZip());
  assert.equal(
    (await fetch(`${first.base}/upload`, { method: 'POST', headers, body: new Uint8Array(payload) })).status,
    200,
  );
  const { hostname, port } = new URL(first.base);
  const half = connect(Number(port), hostname);
  half.on('error', () => undefined);
  half.write(
    `POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`,
  );
  half.write(payload.subarray(0, 400));
  await until(() => readdirSync(join(dir, '.incoming')).length > 0, 60_000, 'the beginning of an upload');
  first.server.kill('SIGKILL');
  await first.exited;

  const second = await start(dir);
  assert.ok(!existsSync(join(dir, '.incoming')) || readdirSync(join(dir, '.incoming')).length === 0);
  assert.equal((await fetch(`${second.base}/projects/p1`)).status, 200);
});

test('a stop ends streams, and waits for nothing that would not end by itself', async () => {
  const dir = await tempDir();
  const { base, server, exited } = await start(dir);
  const stream = await fetch(`${base}/listen`);
  const ended = stream.text().catch(() => 'cut');
  server.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  await ended;
  assert.ok(!existsSync(join(dir, '.server.lock')));
});

test('a server that another one has followed ends at once, and leaves the folder to it', async () => {
  const dir = await tempDir();
  const { server, exited } = await start(dir);
  symlinkSync('1.1.000000000000.abcdef', join(dir, 'other'));
  renameSync(join(dir, 'other'), join(dir, '.server.lock'));
  assert.deepEqual([await exited, server.signalCode], [[1, null], null]);
  assert.equal(readlinkSync(join(dir, '.server.lock')), '1.1.000000000000.abcdef');
});

test('on a network without a key it makes one, prints it, keeps it for its owner alone and asks for it', async () => {
  const dir = await tempDir();
  const keys: string[] = [];
  for (let n = 0; n < 2; n += 1) {
    const made = await start(dir, { MAI_HOST: '0.0.0.0' });
    const key = await until(
      () => /:\d+\/w\/([a-z]{4,6}-[a-z]{4,6}-[a-z]{4,6})\b/.exec(made.said())?.[1],
      60_000,
      'the key',
    );
    await until(() => made.said().includes('MAI_KEY=open'), 60_000, 'what else can be set');
    assert.doesNotMatch(made.said(), /Warning/);
    const answers = [await fetch(`${made.base}/ping`), await fetch(`${made.base}/w/${key}/ping`)];
    made.server.kill('SIGTERM');
    assert.deepEqual([...answers.map(({ status }) => status), (await made.exited)[0]], [404, 200, 0]);
    keys.push(key);
  }
  assert.deepEqual([keys[0], readFileSync(join(dir, '.key'), 'utf8').trim()], [keys[1], keys[1]]);
  assert.equal(statSync(join(dir, '.key')).mode & 0o777, 0o600);
});

test('a server that this computer alone reaches asks for no key, whatever lies in its folder', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, '.key'), 'river-candle-tiger\n', { mode: 0o600 });
  const { base } = await start(dir);
  assert.equal((await fetch(`${base}/ping`)).status, 200);
});

test('open to the network: the addresses are shown, and a warning; a key that was set is never printed', async () => {
  const dir = await tempDir();
  const open = await start(dir, { MAI_HOST: '0.0.0.0', MAI_KEY: 'open' });
  assert.ok(!existsSync(join(dir, '.key')));
  assert.equal((await fetch(`${open.base}/ping`)).status, 200);
  await until(() => open.said().includes('Warning'), 60_000, 'the warning');
  open.server.kill('SIGINT');
  open.server.kill('SIGINT');
  await open.exited;
  const locked = await start(await tempDir(), { MAI_HOST: '0.0.0.0', MAI_KEY: 'very-secret-key' });
  await until(() => locked.said().includes('/w/<key>'), 60_000, 'the address');
  assert.doesNotMatch(locked.said(), /very-secret-key|Warning/);
  assert.equal((await fetch(`${locked.base}/ping`)).status, 404);
  assert.equal((await fetch(`${locked.base}/w/very-secret-key/ping`)).status, 200);
  locked.server.kill('SIGTERM');
  assert.equal((await locked.exited)[0], 0);
});
