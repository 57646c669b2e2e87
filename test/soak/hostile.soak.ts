import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import test from 'node:test';
import yazl from 'yazl';
import { encodePng } from '../../tools/demo/png.ts';
import { claimingWav, greyPng } from '../helpers/hostile-media.ts';
import { multipart } from '../helpers/multipart.ts';
import { startRealServer, STEP_MS, type RealServer } from '../helpers/real-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { tone } from '../helpers/tone-project.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';
const PHOTO = encodePng(
  64,
  64,
  new Uint8Array(64 * 64 * 3).map((_, n) => (n * 37) % 256),
);
const HOSTILE_PHOTOS: Readonly<Record<string, Buffer | string>> = {
  'drawing.svg.jpg': SVG,
  'text.png': 'this is no photo',
  'empty.jpg': '',
  'half.png': PHOTO.subarray(0, 200),
  'claims.png': greyPng(60_000, 60_000, false),
  'bomb.png': greyPng(10_001, 10_000),
  'sound.jpg': tone(300, 0, 0.2),
};
const SOUND = tone(500, 1, 0.5);
const HOSTILE_SOUNDS: Readonly<Record<string, Buffer | string>> = {
  'text.wav': 'this is no sound',
  'empty.wav': '',
  'photo.wav': PHOTO,
  'no-rate.wav': claimingWav({ rate: 0 }, SOUND),
  'gigahertz.wav': claimingWav({ rate: 4_000_000_000 }, SOUND),
  'channels.wav': claimingWav({ channels: 65_535 }, SOUND),
  'no-bits.wav': claimingWav({ bits: 0 }, SOUND),
  'promises.wav': claimingWav({ dataBytes: 0xffff_fff0 }, Buffer.alloc(200)),
  'nothing.wav': claimingWav({ dataBytes: 0 }, SOUND),
};

test('hostile photos and sounds are named and left out of a real training, and refused by a real inference', async (t) => {
  const server = await startRealServer(await tempDir());
  t.after(() => server.end('SIGTERM'));

  await t.test('photos', async () => {
    const good = Object.fromEntries(
      ['Cat', 'Dog'].flatMap((label) => Array.from({ length: 4 }, (_, n) => [`dataset/${label}/${n}.png`, PHOTO])),
    );
    const bad = prefixed('dataset/Cat/', HOSTILE_PHOTOS);
    // Large, but within the limit: it is read. A PNG by another name is a PNG.
    const odd = { 'dataset/Dog/large.png': greyPng(10_000, 10_000), 'dataset/Dog/other.jpg': PHOTO };
    await trained(
      server,
      'photos',
      'IMAGE_CLASSIFICATION',
      ['Cat', 'Dog'],
      { ...good, ...bad, ...odd },
      { modelType: 'mobilenet-10', epochs: 1 },
      Object.keys(bad),
    );
    await refusesAll(server, 'photos', 'image', HOSTILE_PHOTOS);
    for (const photo of [PHOTO, greyPng(10_000, 10_000)])
      assert.equal((await ask(server, 'photos', 'image', photo)).status, 200);
  });

  await t.test('sounds', async () => {
    const good = Object.fromEntries(
      ['low', 'high'].flatMap((label, n) =>
        Array.from({ length: 4 }, (_, clip) => [`dataset/sound/${label}/${clip}.wav`, tone(400 + 1600 * n, clip, 0.5)]),
      ),
    );
    const bad = prefixed('dataset/sound/low/', HOSTILE_SOUNDS);
    await trained(
      server,
      'sounds',
      'VOICE_CLASSIFICATION',
      ['low', 'high'],
      { ...good, ...bad },
      { modelType: 'voice-cnn', epochs: 1 },
      Object.keys(bad),
    );
    await refusesAll(server, 'sounds', 'audio', HOSTILE_SOUNDS);
    assert.equal((await ask(server, 'sounds', 'audio', SOUND)).status, 200);
  });
});

/** Train; every one of `bad` must be named in a notice, and the training must end well without them. */
async function trained(
  server: RealServer,
  id: string,
  projectType: string,
  labels: readonly string[],
  members: Readonly<Record<string, Buffer | string>>,
  settings: object,
  bad: readonly string[],
): Promise<void> {
  const zip = new yazl.ZipFile();
  zip.addBuffer(
    Buffer.from(
      JSON.stringify({
        id,
        name: id,
        projectType,
        labels: labels.map((label) => ({ label })),
        currentBoard: { id: 'kidbright-mai' },
        trainConfig: {},
      }),
    ),
    'project.json',
  );
  for (const [name, content] of Object.entries(members)) zip.addBuffer(Buffer.from(content as string), name);
  zip.end();
  const stream = await server.listen();
  await server.press(id, await buffer(zip.outputStream), settings);
  const { id: jobId } = await server.jobOf(id, 'completed');
  await stream.waitFor('train_end', STEP_MS);
  const notices = JSON.stringify(
    stream.messages.filter(({ data }) => data.event === 'notice').map(({ data }) => data['names']),
  );
  const forgotten = bad.filter((name) => !notices.includes(name.split('/').at(-1) ?? name));
  assert.deepEqual(forgotten, [], `notices of job ${jobId}: ${notices}`);
  stream.close();
}

async function refusesAll(
  server: RealServer,
  project: string,
  field: string,
  files: Readonly<Record<string, Buffer | string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const { status, body } = await ask(server, project, field, content);
    assert.ok(status >= 400 && status < 500, `${name}: ${status} ${JSON.stringify(body)}`);
    assert.equal(body.result, 'FAIL');
    assert.ok(body.reason.length > 10, name);
  }
}

async function ask(
  server: RealServer,
  project: string,
  field: string,
  content: Buffer | string,
): Promise<{ readonly status: number; readonly body: { readonly result: string; readonly reason: string } }> {
  const { headers, payload } = multipart([
    [field, { content, type: 'application/octet-stream' }],
    ['project_id', project],
  ]);
  const answer = await fetch(`${server.base}/inference_image`, {
    method: 'POST',
    headers,
    body: new Uint8Array(payload),
  });
  return { status: answer.status, body: (await answer.json()) as { result: string; reason: string } };
}

function prefixed<Value>(prefix: string, files: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [prefix + name, content]));
}
