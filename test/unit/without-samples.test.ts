import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withOtherReport } from '../../src/projects/package-report.ts';
import { withoutSamples } from '../../src/projects/without-samples.ts';
import { crc32 } from '../../src/projects/zip/crc32.ts';
import { readZipDirectory } from '../../src/projects/zip/read.ts';
import { rawZip } from '../helpers/raw-zip.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const GONE = 'dataset/Cat/แมว.jpg';
const STAYS = 'dataset/Cat/2.jpg';
const without = (value: object) => JSON.parse(withoutSamples(JSON.stringify(value), new Set([GONE]))) as unknown;

describe('what a report says of a sample that is deleted', () => {
  it('goes from lists of facts, where it is the pair of another too, and from lists of names', () => {
    const facts = [{ file: GONE }, { file: STAYS, pair: GONE }, { file: STAYS }];
    assert.deepEqual(without({ worst: facts }), { worst: [{ file: STAYS }] });
    const conversion = { calibration: { samples: [STAYS, GONE], selection: 2 } };
    assert.deepEqual(without({ conversion }), { conversion: { calibration: { samples: [STAYS], selection: 2 } } });
  });

  it('leaves a label alone that is called like its file', () => {
    const report = { samples: [GONE], labels: [GONE] };
    assert.deepEqual(without(report), { samples: [], labels: [GONE] });
  });

  it('a finding has one file less; the one that was about it alone goes, and no other', () => {
    const findings = [
      { code: 'dark', count: 9, files: [{ file: GONE }, { file: STAYS }] },
      { code: 'two_labels', count: 1, files: [{ file: GONE, pair: STAYS }] },
      { code: 'few_scenes', count: 0, files: [] },
    ];
    const left = [
      { code: 'dark', count: 8, files: [{ file: STAYS }] },
      { code: 'few_scenes', count: 0, files: [] },
    ];
    assert.deepEqual(without({ findings }), { findings: left });
  });

  it('a text without it stays as it is, byte by byte', () => {
    const text = '{ "worst": [ { "file": "dataset/Cat/2.jpg" } ] }\n';
    assert.equal(withoutSamples(text, new Set([GONE])), text);
  });
});

describe('the report within a package', () => {
  const weights = Buffer.from([1, 2, 3, 250, 0, 255]);
  const members = [
    { name: 'README.txt', content: 'what to do '.repeat(50), deflate: true },
    { name: 'report.json', content: JSON.stringify({ text: 'before '.repeat(90) }), deflate: true },
    { name: 'model_int8.bin', content: weights },
  ];

  /** As another program reads it: names, sizes and checksums by its directory, bytes by their offsets. */
  const readAll = async (zip: Buffer) => {
    const path = join(await tempDir(), 'model.zip');
    await writeFile(path, zip);
    const file = await open(path, 'r');
    try {
      const { entries } = await readZipDirectory(file, zip.length, { maxFiles: 9, maxUnpackedBytes: 1e6 });
      return entries.map((entry) => {
        const header = zip.subarray(entry.relativeOffsetOfLocalHeader);
        const begin = 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
        const raw = header.subarray(begin, begin + header.readUInt32LE(18));
        const bytes = entry.compressionMethod === 8 ? inflateRawSync(raw) : raw;
        const isWhole = crc32(bytes) === entry.crc32 && header.readUInt32LE(14) === entry.crc32;
        return [entry.fileNameRaw.toString(), isWhole && bytes.length === entry.uncompressedSize && bytes.toString()];
      });
    } finally {
      await file.close();
    }
  };

  it('gets another text, longer or shorter; the other files stay', async () => {
    for (const text of ['short', 'longer than before '.repeat(400)]) {
      const before = rawZip(members);
      const after = withOtherReport(before, () => text) ?? assert.fail();
      assert.deepEqual(before, rawZip(members), 'what it was given is as it was');
      const expected = members.map(({ name, content }) => [name, name === 'report.json' ? text : content.toString()]);
      assert.deepEqual(await readAll(after), expected);
    }
  });

  it('what is no package of ours, or has another text already, stays as it is', () => {
    const change = () => 'after';
    assert.equal(withOtherReport(Buffer.from('no zip at all, and longer than its end'), change), undefined);
    assert.equal(withOtherReport(rawZip(members).subarray(0, -40), change), undefined);
    assert.equal(withOtherReport(rawZip([{ name: 'other.json', content: 'x' }]), change), undefined);
    assert.equal(
      withOtherReport(rawZip(members), (text) => text),
      undefined,
    );
  });
});
