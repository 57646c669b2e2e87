import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { unpackUpload } from '../../src/projects/unpack-upload.ts';
import { GOOD_PROJECT, HOSTILE_ZIPS } from '../helpers/hostile-zips.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { rawZip } from '../helpers/raw-zip.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const ROUNDS = 1500;
const LIMITS = { maxFiles: 100, maxUnpackedBytes: 5_000_000 };
const EXTREMES = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Marsaglia's xorshift32: the same sequence in every run, so that a failure can be looked at. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function mutate(zip: Buffer, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(zip);
  if (bytes.length < 8) return bytes;
  // headers matter more than photos: aim at the end, where the directory lies, every second time
  const at = () =>
    random(2) === 0 ? random(bytes.length - 4) : bytes.length - 4 - random(Math.min(600, bytes.length - 4));
  for (let change = random(3); change >= 0; change -= 1) {
    const kind = random(6);
    if (kind <= 2) bytes[at()] = random(256);
    else if (kind === 3) bytes.writeUInt32LE(EXTREMES[random(EXTREMES.length)] ?? 0, at());
    else if (kind === 4) bytes.writeUInt16LE(random(65_536), at());
    else bytes.copy(bytes, at(), at(), bytes.length);
  }
  return random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

test(`${ROUNDS} mutated zips: always an answer, nothing outside the folder`, async () => {
  const dir = await tempDir();
  const path = join(dir, 'project.zip');
  const good = [
    await makeProjectZip({ labels: ['แมว'], filesPerLabel: 2 }),
    rawZip([
      GOOD_PROJECT,
      { name: 'dataset/a/1.jpg', content: 'abc'.repeat(300), deflate: true },
      { name: 'dataset/b/', mode: 0o040755 },
    ]),
    rawZip([GOOD_PROJECT, { name: 'dataset/a/1.jpg', content: 'x' }], {
      zip64: { entryCount: 2n, directoryOffset: 300n },
    }),
  ];
  const hostile = HOSTILE_ZIPS.map(({ zip }) => zip).filter(({ length }) => length < 10_000);
  const base = (round: number) =>
    (round % 3 === 0 ? hostile[round % hostile.length] : good[round % good.length]) ?? Buffer.alloc(0);
  const random = generator(20_251_123);
  const counts = { accepted: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    await writeFile(path, mutate(base(round), random));
    try {
      await unpackUpload(path, join(dir, 'out'), LIMITS, { id: 'p1', address: '127.0.0.1' });
      counts.accepted += 1;
    } catch (error) {
      assert.ok(
        error instanceof AppError && error.statusCode < 500,
        `round ${round}: ${error instanceof Error ? error.stack : String(error)}`,
      );
      counts.refused += 1;
    }
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name !== 'out'),
      ['project.zip'],
    );
    await rm(join(dir, 'out'), { recursive: true, force: true });
  }
  assert.ok(counts.accepted > 20 && counts.refused > 1000, JSON.stringify(counts));
});
