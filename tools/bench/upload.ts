import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { Benchmark } from './benchmark.ts';
import { memoryOf } from './process-memory.ts';
import { withServer } from './running-server.ts';

const MB = 1e6;
const PHOTOS = 500;
const PHOTO_BYTES = 400_000;
const BOUNDARY = '----bench-boundary';

export const upload: Benchmark = {
  about: 'a project of 200 MB: MB/s until it is unpacked, on the disk and answered, growth of memory',
  async *run(bench) {
    const zip = join(await bench.tempDir(), 'large.zip');
    await writeLargeZip(zip);
    const bytes = (await stat(zip)).size;
    const speed: number[] = [];
    const growth: number[] = [];
    await withServer(await bench.tempDir(), {}, async ({ base, pid, warm }) => {
      await warm(); // its imports are not to share the processor
      await send(base, zip); // the first one loads code
      for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
        const before = memoryOf(pid).now;
        const begun = performance.now();
        const peak = await peakWhile(pid, send(base, zip));
        speed.push(bytes / MB / ((performance.now() - begun) / 1000));
        growth.push(peak - before);
      }
    });
    const data = `${PHOTOS} photos of ${PHOTO_BYTES / 1000} KB that do not compress, on loopback`;
    yield { name: 'upload_200_mb', unit: 'MB/s', values: speed, data, goal: 'median >= 100' };
    yield { name: 'upload_200_mb_memory', unit: 'MB', values: growth, data };
  },
};

async function writeLargeZip(path: string): Promise<void> {
  const zip = new yazl.ZipFile();
  const project = {
    id: 'large',
    name: 'large',
    projectType: 'IMAGE_CLASSIFICATION',
    labels: [{ label: 'a' }, { label: 'b' }],
  };
  zip.addBuffer(
    Buffer.from(JSON.stringify({ ...project, currentBoard: { id: 'kidbright-mai' }, trainConfig: {} })),
    'project.json',
  );
  // as the IDE does: JSZip stores what it is given, but for texts
  for (let n = 0; n < PHOTOS; n += 1)
    zip.addBuffer(randomBytes(PHOTO_BYTES), `dataset/${n % 2 ? 'a' : 'b'}/${n}.jpg`, { compress: false });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

/** The form of POST /upload, the zip read from disk as it is sent. */
async function send(base: string, zip: string): Promise<void> {
  const part = (name: string, more: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const head = `${part('project_id', '')}large\r\n${part('project', '; filename="blob"\r\nContent-Type: application/zip')}`;
  const tail = `\r\n--${BOUNDARY}--\r\n`;
  const length = head.length + (await stat(zip)).size + tail.length;
  const outgoing = request(`${base}/upload`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': length },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  const file = await open(zip);
  await pipeline(async function* () {
    yield Buffer.from(head);
    yield* file.createReadStream({ highWaterMark: 1 << 20 });
    yield Buffer.from(tail);
  }, outgoing);
  const { result, reason } = (await json(await answered)) as { result?: string; reason?: string };
  if (result !== 'success') throw new Error(reason ?? `upload answered ${String(result)}`);
}

/** Peak of the process's resident memory in MB, sampled every few milliseconds. */
async function peakWhile(pid: number, work: Promise<void>): Promise<number> {
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, memoryOf(pid).now);
  }, 20);
  try {
    await work;
  } finally {
    clearInterval(look);
  }
  return peak;
}
