import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createInflateRaw, inflateRaw } from 'node:zlib';
import { AppError, zipDamaged, zipInvalid, zipNamesCollide, zipOverlap } from '../errors.ts';
import { crc32 } from './crc32.ts';
import type { Member, ZipDirectory } from './read-zip.ts';
import { storedName } from './stored-name.ts';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
/** Up to here a member is inflated in one piece, which is several times faster for photos. */
const WHOLE_BYTES = 1_000_000;

interface Located {
  readonly member: Member;
  readonly start: number;
  readonly end: number;
}

/**
 * Write the members of a checked directory that `keep` wants below `target`. Rejects if a member's bytes
 * overlap another's, differ from what the directory says of them, or are damaged.
 */
export async function unpack(file: FileHandle, directory: ZipDirectory, target: string, keep: (member: Member) => boolean): Promise<Member[]> {
  const located = await locate(file, directory);
  const folders = new Set<string>();
  const paths = new Map<string, string>();
  const written: Member[] = [];
  for (const { member, start, end } of located) {
    if (!keep(member)) continue;
    const path = join(target, ...member.segments.map(storedName));
    const other = paths.get(path);
    if (other !== undefined) throw zipNamesCollide(member.name, other);
    paths.set(path, member.name);
    const folder = dirname(path);
    if (!folders.has(folder)) await mkdir(folder, { recursive: true });
    folders.add(folder);
    await writeMember(file, member, start, end, path);
    written.push(member);
  }
  return written;
}

/** Find each member's bytes, and refuse what shares them with another: the trick of zip bombs that are small on both sides. */
async function locate(file: FileHandle, { members, offset }: ZipDirectory): Promise<Located[]> {
  const located: Located[] = [];
  for (const member of [...members].sort((a, b) => a.headerOffset - b.headerOffset)) {
    const start = await dataStart(file, member);
    const end = start + member.compressedBytes;
    if (member.headerOffset < (located.at(-1)?.end ?? 0) || end > offset) throw zipOverlap(member.name);
    located.push({ member, start, end });
  }
  return located;
}

/** The header before the bytes must tell the same name as the directory, or programs would see two different zips. */
async function dataStart(file: FileHandle, member: Member): Promise<number> {
  const length = LOCAL_HEADER_BYTES + member.rawName.length;
  const header = await readExactly(file, member.headerOffset, length);
  if (header === undefined || header.readUInt32LE(0) !== LOCAL_HEADER) throw zipInvalid(`"${member.name}" is not where the zip says`);
  const nameBytes = header.readUInt16LE(26);
  if (nameBytes !== member.rawName.length || !header.subarray(LOCAL_HEADER_BYTES).equals(member.rawName)) {
    throw zipInvalid(`"${member.name}" has two names`);
  }
  return member.headerOffset + length + header.readUInt16LE(28);
}

async function writeMember(file: FileHandle, member: Member, start: number, end: number, path: string): Promise<void> {
  if (member.bytes <= WHOLE_BYTES && member.compressedBytes <= WHOLE_BYTES) {
    await writeFile(path, await readWhole(file, member, start), { flag: 'wx' });
    return;
  }
  const source = createReadStream('', { fd: file.fd, start, end: end - 1, autoClose: false });
  const stages = member.deflated ? [createInflateRaw()] : [];
  try {
    await pipeline([source, ...stages, checked(member), createWriteStream(path, { flags: 'wx' })]);
  } catch (error) {
    throw isZlibError(error) ? zipDamaged(member.name) : error;
  }
}

async function readWhole(file: FileHandle, member: Member, start: number): Promise<Buffer> {
  const raw = await readExactly(file, start, member.compressedBytes);
  if (raw === undefined) throw zipDamaged(member.name);
  const data = member.deflated ? await inflate(raw, member) : raw;
  if (data.length !== member.bytes || crc32(data) !== member.crc32) throw zipDamaged(member.name);
  return data;
}

async function inflate(raw: Buffer, member: Member): Promise<Buffer> {
  try {
    return await promisify<Buffer, object, Buffer>(inflateRaw)(raw, { maxOutputLength: Math.max(member.bytes, 1) });
  } catch {
    throw zipDamaged(member.name);
  }
}

/** Pass the bytes on while they are no more than promised, and compare size and CRC at the end. */
function checked(member: Member): Transform {
  let bytes = 0;
  let crc = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      crc = crc32(chunk, crc);
      if (bytes > member.bytes) done(zipDamaged(member.name));
      else done(null, chunk);
    },
    flush(done) {
      done(bytes === member.bytes && crc === member.crc32 ? null : zipDamaged(member.name));
    },
  });
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  if (!Number.isSafeInteger(position)) return undefined;
  const buffer = Buffer.alloc(length);
  const { bytesRead } = length === 0 ? { bytesRead: 0 } : await file.read(buffer, 0, length, position);
  return bytesRead === length ? buffer : undefined;
}

function isZlibError(error: unknown): boolean {
  return !(error instanceof AppError) && error instanceof Error && 'code' in error && /^Z_|^ERR_(BUFFER|STREAM_PREMATURE)/.test(String(error.code));
}
