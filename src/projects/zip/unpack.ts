import { closeSync, createWriteStream, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { AppError, zipDamaged, zipInvalid, zipNamesCollide, zipOverlap } from '../../errors.ts';
import { createBreather } from '../../files/breathe.ts';
import { writeAll } from '../../files/write-all.ts';
import { crc32 } from './crc32.ts';
import { collisionKey } from '../disk-names.ts';
import type { Member } from './members.ts';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
/** Up to here a member is inflated in one piece, which is several times faster for photos. */
const WHOLE_BYTES = 1_000_000;
const COPY_BYTES = 1_000_000;
const PIECE_BYTES = 256_000;

interface Located {
  readonly member: Member;
  readonly start: number;
  readonly end: number;
}

/** What is read from, and where the zip's directory begins: no member's bytes may reach it. */
export interface ZipBytes {
  readonly file: number;
  readonly end: number;
}

/**
 * Write those of a zip's members that have a path below `target`. Rejects if a member's bytes overlap
 * another's, differ from what the directory says of them, or are damaged.
 */
export async function unpack(
  zip: ZipBytes,
  members: readonly Member[],
  target: string,
  pathOf: (member: Member) => readonly string[] | undefined,
): Promise<void> {
  const breathe = createBreather();
  const located = await locate(zip, members, breathe);
  const folders = new Set<string>();
  const paths = new Map<string, string>();
  const copyBuffer = Buffer.allocUnsafeSlow(COPY_BYTES); // one for all: new ones are most of what a garbage collection has to do
  for (const one of located) {
    const { member } = one;
    const relative = pathOf(member)?.join('/');
    if (relative === undefined) continue;
    const key = collisionKey(relative);
    const other = paths.get(key);
    if (other !== undefined) throw zipNamesCollide(member.name, other);
    paths.set(key, member.name);
    const path = join(target, relative);
    const folder = dirname(path);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
    folders.add(folder);
    if (!member.deflated) await copyStored(zip.file, one, path, copyBuffer, breathe);
    else if (member.bytes <= WHOLE_BYTES && member.compressedBytes <= WHOLE_BYTES) inflateWhole(zip.file, one, path);
    else await inflateLarge(zip.file, one, path);
    await breathe();
  }
}

/** The bytes of one member that is known to be small. */
export function readMember(zip: ZipBytes, member: Member): Buffer {
  const start = dataStart(zip.file, member);
  if (start + member.compressedBytes > zip.end) throw zipOverlap(member.name);
  const raw = read(zip.file, start, member.compressedBytes);
  const data = member.deflated ? raw && inflate(raw, member.bytes) : raw;
  if (data?.length !== member.bytes || crc32(data) !== member.crc32) throw zipDamaged(member.name);
  return data;
}

/** Find each member's bytes, and refuse what shares them with another: the trick of zip bombs that are small on both sides. */
async function locate(
  { file, end: limit }: ZipBytes,
  members: readonly Member[],
  breathe: () => Promise<void> | undefined,
): Promise<Located[]> {
  const located: Located[] = [];
  for (const member of [...members].sort((a, b) => a.headerOffset - b.headerOffset)) {
    const start = dataStart(file, member);
    const end = start + member.compressedBytes;
    if (member.headerOffset < (located.at(-1)?.end ?? 0) || end > limit) throw zipOverlap(member.name);
    located.push({ member, start, end });
    await breathe();
  }
  return located;
}

/** The header before the bytes must tell the same name as the directory, or programs would see two different zips. */
function dataStart(zip: number, member: Member): number {
  const length = LOCAL_HEADER_BYTES + member.rawName.length;
  const header = read(zip, member.headerOffset, length);
  if (header === undefined || header.readUInt32LE(0) !== LOCAL_HEADER)
    throw zipInvalid(`"${member.name}" is not where the zip says`);
  const nameBytes = header.readUInt16LE(26);
  if (nameBytes !== member.rawName.length || !header.subarray(LOCAL_HEADER_BYTES).equals(member.rawName)) {
    throw zipInvalid(`"${member.name}" has two names`);
  }
  return member.headerOffset + length + header.readUInt16LE(28);
}

async function copyStored(
  zip: number,
  { member, start }: Located,
  path: string,
  buffer: Buffer,
  breathe: () => Promise<void> | undefined,
): Promise<void> {
  if (member.bytes !== member.compressedBytes) throw zipDamaged(member.name);
  const target = openSync(path, 'wx');
  try {
    let crc = 0;
    for (let done = 0; done < member.bytes; done += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, member.bytes - done));
      if (!readInto(part, zip, start + done)) throw zipDamaged(member.name);
      crc = crc32(part, crc);
      writeAll(target, part);
      await breathe();
    }
    if (crc !== member.crc32) throw zipDamaged(member.name);
  } finally {
    closeSync(target);
  }
}

function inflateWhole(zip: number, { member, start }: Located, path: string): void {
  const raw = read(zip, start, member.compressedBytes);
  const data = raw && inflate(raw, member.bytes);
  if (data?.length !== member.bytes || crc32(data) !== member.crc32) throw zipDamaged(member.name);
  const target = openSync(path, 'wx');
  try {
    writeAll(target, data);
  } finally {
    closeSync(target);
  }
}

/** Undefined if the bytes are no deflated data or are more than promised. */
function inflate(raw: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(raw, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch {
    return undefined;
  }
}

async function inflateLarge(zip: number, { member, start, end }: Located, path: string): Promise<void> {
  try {
    await pipeline(
      pieces(zip, start, end),
      createInflateRaw(),
      checked(member),
      createWriteStream(path, { flags: 'wx' }),
    );
  } catch (error) {
    throw isZlibError(error) ? zipDamaged(member.name) : error;
  }
}

/** A read stream on a descriptor closes it when it is destroyed, whatever its options say; this one only reads. */
function* pieces(zip: number, start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end; at += PIECE_BYTES) {
    const piece = read(zip, at, Math.min(PIECE_BYTES, end - at));
    if (piece === undefined) return;
    yield piece;
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

function read(file: number, position: number, length: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(length);
  return readInto(buffer, file, position) ? buffer : undefined;
}

/** Fill the buffer; false if the file ends before. */
function readInto(buffer: Buffer, file: number, position: number): boolean {
  if (!Number.isSafeInteger(position)) return false;
  return buffer.length === 0 || readSync(file, buffer, 0, buffer.length, position) === buffer.length;
}

function isZlibError(error: unknown): boolean {
  return (
    !(error instanceof AppError) &&
    error instanceof Error &&
    'code' in error &&
    /^Z_|^ERR_(BUFFER|STREAM_PREMATURE)/.test(String(error.code))
  );
}
