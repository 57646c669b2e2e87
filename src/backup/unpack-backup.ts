import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { ConfigError } from '../errors.ts';
import { PRIVATE_MODE } from '../files/replace-file.ts';
import { linkFile } from '../files/tree.ts';
import { isNoPath, isTaken } from '../system-errors.ts';
import { digestEntry, type EntryLine, FORMAT, KEY_FILE, SUMMARY_FILE, type Summary } from './archive-digest.ts';
import { whyNoName } from './entry-names.ts';
import { type ArchiveEntry, BadArchive, readEntries } from './read-entries.ts';

// Unpacks an archive into a folder beside the projects, and refuses what no backup of ours holds.

const MAX_SUMMARY_BYTES = 10_000;
const StoredSummary = Type.Object({
  format: Type.Literal(FORMAT),
  files: Type.Integer(),
  bytes: Type.Integer(),
  sha256: Type.String(),
});

/** Unpack the archive `file` into the empty folder `target`. Rejects with ConfigError if anything is wrong with it. */
export async function unpackBackup(file: string, target: string): Promise<Summary> {
  const archive = await open(file, 'r');
  try {
    const { size } = await archive.stat();
    return await unpackAll(readEntries(archive, size), target);
  } catch (error) {
    if (!(error instanceof BadArchive)) throw error;
    throw new ConfigError(`${file} cannot be restored: ${error.message}. Nothing was changed.`);
  } finally {
    await archive.close();
  }
}

async function unpackAll(entries: AsyncIterable<ArchiveEntry>, target: string): Promise<Summary> {
  const digest = createHash('sha256');
  const files = new Set<string>();
  const folderTimes = new Map<string, Date>();
  let bytes = 0;
  let summary: Summary | undefined;
  for await (const entry of entries) {
    const line = lineOf(entry);
    if (summary !== undefined) throw new BadArchive('something follows after its end');
    if (line.path === SUMMARY_FILE) {
      summary = await readSummary(entry);
      continue;
    }
    if (line.kind === 'link' && !files.has(line.target))
      throw new BadArchive(`${line.path} is a link to what is not in it`);
    digestEntry(digest, line);
    await put(target, line, entry, digest);
    if (line.kind === 'folder') folderTimes.set(join(target, line.path), entry.mtime);
    else files.add(line.path);
    bytes += line.size;
  }
  if (summary === undefined) throw new BadArchive('it ends early');
  const isSame = summary.files === files.size && summary.bytes === bytes && summary.sha256 === digest.digest('hex');
  if (!isSame) throw new BadArchive('its bytes have changed since it was taken');
  // last, and those within first: whatever is put into a folder changes its time
  for (const [folder, time] of [...folderTimes].reverse()) await utimes(folder, time, time);
  return summary;
}

const KINDS: Readonly<Record<string, EntryLine['kind']>> = {
  File: 'file',
  OldFile: 'file',
  Directory: 'folder',
  Link: 'link',
};

/** Throws BadArchive for whatever must not be put on the disk. */
function lineOf({ type, path: whole, size, linkpath }: ArchiveEntry): EntryLine {
  const kind = KINDS[type];
  const path = kind === 'folder' ? whole.replace(/\/$/, '') : whole;
  const name = JSON.stringify(path.slice(0, 200));
  if (kind === undefined) throw new BadArchive(`${name} is neither a file nor a folder (${type})`);
  const why = whyNoName(path, kind === 'folder');
  if (why !== undefined) throw new BadArchive(`of the name ${name}: ${why}`);
  if (kind !== 'file' && size > 0) throw new BadArchive(`${name} has bytes, and is no file`);
  return { kind, path, size, target: kind === 'link' ? linkpath : '' };
}

async function readSummary({ size, bytes }: ArchiveEntry): Promise<Summary> {
  if (size > MAX_SUMMARY_BYTES) throw new BadArchive(`${SUMMARY_FILE} is too large`);
  const pieces: Buffer[] = [];
  for await (const piece of bytes()) pieces.push(piece);
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString());
    if (Check(StoredSummary, value)) return value;
  } catch {
    // the same as one of another form
  }
  throw new BadArchive(`this version cannot read its ${SUMMARY_FILE}`);
}

async function put(target: string, line: EntryLine, entry: ArchiveEntry, digest: Hash): Promise<void> {
  const path = join(target, line.path);
  try {
    await mkdir(line.kind === 'folder' ? path : dirname(path), { recursive: true });
    if (line.kind === 'link') linkFile(join(target, line.target), path);
    if (line.kind === 'file') await writeFile(path, line.path === KEY_FILE, entry, digest);
  } catch (error) {
    if (isTaken(error) || isNoPath(error)) throw new BadArchive(`${JSON.stringify(line.path)} is in it twice`);
    throw error;
  }
}

async function writeFile(path: string, isPrivate: boolean, { mtime, bytes }: ArchiveEntry, digest: Hash) {
  const file = await open(path, 'wx', isPrivate ? PRIVATE_MODE : 0o666);
  try {
    for await (const piece of bytes()) {
      digest.update(piece);
      await file.writeFile(piece);
    }
    await file.utimes(mtime, mtime);
  } finally {
    await file.close();
  }
}
