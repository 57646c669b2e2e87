import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { loadConfig } from '../../src/config.ts';
import { withoutLocation } from '../../src/projects/location/strip.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const PHOTOS = fileURLToPath(new URL('../fixtures/location/photos.py', import.meta.url));
const NAMES = ['photo.jpg', 'photo.png', 'packed.png', 'photo.webp', 'photo.avif', 'photo.tif', 'two.jpg'];

/** What photos hold, as another program reads them. */
interface Seen {
  readonly gps: number;
  /** Its XMP says the place. */
  readonly xmp: boolean;
  readonly orientation: number | null;
  readonly model: string | null;
  readonly taken: string | null;
  readonly pixels: string;
  readonly upright: readonly unknown[];
}

const python = (...args: string[]) => execFileSync(loadConfig({}).python, [PHOTOS, ...args], { encoding: 'utf8' });
const look = (...paths: string[]) =>
  python('look', ...paths)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen);

const folder = await tempDir();
python('make', folder);
const bytesOf = (name: string) => readFileSync(join(folder, name));
const originals = new Map(NAMES.map((name) => [name, bytesOf(name)]));
const seen = new Map(look(...NAMES.map((name) => join(folder, name))).map((one, at) => [NAMES[at] ?? '', one]));

/** What is in no photo without its place: both coordinates of the EXIF, as rationals of either byte order, and those of the XMP. */
const TRACES = [
  ...['13,45.1234N', '100,30.5678E'].map((text) => Buffer.from(text)),
  ...['0000000d000000010000002d00000001', '0d000000010000002d00000001000000'].map((hex) => Buffer.from(hex, 'hex')),
];

describe('a photo that says where it was taken', () => {
  for (const name of NAMES) {
    it(`${name}: loses the place, and keeps its pixels, its side that is up, its camera and its date`, () => {
      const before = seen.get(name)!;
      assert.ok(before.gps > 0 && before.orientation === 6, 'the photo is as this test needs it');
      assert.equal(before.xmp, name !== 'photo.tif');
      const bare = withoutLocation(originals.get(name)!) ?? assert.fail('nothing was found');
      writeFileSync(join(folder, `bare-${name}`), bare);
      const [after] = look(join(folder, `bare-${name}`));
      assert.deepEqual(after, { ...before, gps: 0, xmp: false });
      for (const trace of TRACES) assert.ok(!bare.includes(trace), String(trace));
      assert.equal(withoutLocation(bare), undefined, 'there is nothing left to take out');
    });
  }

  it('keeps its length, and every byte but those of the place', () => {
    for (const name of NAMES.filter((one) => one !== 'packed.png')) {
      const [before, after] = [originals.get(name)!, withoutLocation(originals.get(name)!)!];
      assert.equal(after.length, before.length, name);
      const changed = before.reduce((count, byte, at) => count + (byte === after[at] ? 0 : 1), 0);
      assert.ok(changed < 500 * (name === 'two.jpg' ? 2 : 1), `${name}: ${changed} bytes`);
    }
  });

  it('loses it in the pictures behind the first one too', () => {
    const bare = withoutLocation(originals.get('two.jpg')!)!;
    const single = withoutLocation(originals.get('photo.jpg')!)!;
    assert.ok(bare.equals(Buffer.concat([single, single])));
  });
});

describe('a photo with offsets that lead astray', () => {
  it('keeps its pixels: nothing is wiped that it needs', () => {
    const photo = Buffer.from(originals.get('photo.tif')!);
    const latitude = photo.indexOf(Buffer.from('0200050003000000', 'hex'));
    const strips = photo.lastIndexOf(Buffer.from('1101', 'hex'));
    photo.copy(photo, latitude + 8, strips + 8, strips + 12);
    const [before, after] = ['astray.tif', 'astray-bare.tif'].map((name) => join(folder, name)) as [string, string];
    writeFileSync(before, photo);
    writeFileSync(after, withoutLocation(photo) ?? assert.fail('nothing was found'));
    const [pixels, kept] = pixelsOf([before, after]);
    assert.ok(latitude > 0 && strips > 0 && pixels !== 'unreadable');
    assert.equal(kept, pixels);
  });
});

describe('other bytes', () => {
  it('of a photo without a place, a sound, a text stay as they are', () => {
    for (const data of [bytesOf('bare.jpg'), Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.from('GPS'), Buffer.alloc(0)])
      assert.equal(withoutLocation(data), undefined);
  });

  it('any bytes: nothing fails, and what is no photo is not touched', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        assert.equal(withoutLocation(Buffer.from(bytes)), undefined);
      }),
    );
  });

  it('a photo damaged anywhere, or cut off: nothing fails, and a photo that could be read has the same pixels', () => {
    const cases: { readonly before: Buffer; readonly after: Buffer }[] = [];
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { maxLength: 6 }),
        fc.option(fc.nat(3000)),
        (name, changes, cut) => {
          const before = Buffer.from(originals.get(name)!.subarray(0, cut ?? undefined));
          for (const [at, byte] of changes) if (at < before.length) before[at] = byte;
          const after = withoutLocation(before);
          if (after !== undefined) cases.push({ before, after });
        },
      ),
      { numRuns: 300 },
    );
    const paths = cases.flatMap(({ before, after }, n) =>
      [before, after].map((bytes, half) => {
        const path = join(folder, `case-${n}-${half}`);
        writeFileSync(path, bytes);
        return path;
      }),
    );
    const pixels = pixelsOf(paths);
    const readable = cases.map((_, n) => 2 * n).filter((n) => pixels[n] !== 'unreadable');
    for (const n of readable) assert.equal(pixels[n + 1], pixels[n], paths[n]);
    assert.ok(readable.length > 30, 'much damage leaves a photo that can be read');
  });
});

/** In one process: what cannot be read says so. */
function pixelsOf(paths: readonly string[]): string[] {
  const program = `
import hashlib, sys, warnings
from PIL import Image
warnings.simplefilter("ignore")
for path in sys.stdin.read().split():
    try:
        with Image.open(path) as image:
            print(hashlib.sha256(image.convert("RGB").tobytes()).hexdigest())
    except Exception:
        print("unreadable")
`;
  const output = execFileSync(loadConfig({}).python, ['-c', program], { input: paths.join(' '), encoding: 'utf8' });
  return output.trimEnd().split('\n');
}

describe('an upload', () => {
  it('has photos without the place on the disk, whatever their names; what is no photo is as it was sent', async () => {
    const { store, dir } = await makeStore();
    const members = {
      'dataset/Cat/1.jpg': originals.get('photo.jpg')!,
      'dataset/Cat/2.txt': originals.get('photo.png')!,
      'dataset/Dog/1.jpg': bytesOf('bare.jpg'),
      'dataset/Dog/2.jpg': 'no photo, GPSLatitude="1"',
    };
    await uploadTo(store, { workspace: '', id: 'p' }, { labels: ['Cat', 'Dog'], members });
    const onDisk = (name: string) => readFileSync(join(dir, 'p', name));
    for (const name of ['dataset/Cat/1.jpg', 'dataset/Cat/2.txt'])
      for (const trace of TRACES) assert.ok(!onDisk(name).includes(trace), name);
    assert.equal(look(join(dir, 'p/dataset/Cat/1.jpg'))[0]?.gps, 0);
    assert.ok(onDisk('dataset/Dog/1.jpg').equals(bytesOf('bare.jpg')));
    assert.equal(String(onDisk('dataset/Dog/2.jpg')), 'no photo, GPSLatitude="1"');
  });
});
