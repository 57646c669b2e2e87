import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { AppError, zipDamaged } from '../../errors.ts';
import { errorCode } from '../../system-errors.ts';
import { readBytes, type Located } from './bytes.ts';
import { crc32 } from './crc32.ts';
import type { Member } from './members.ts';

// Inflates the files of a zip. Their size and CRC must be those in the zip's directory.

const PIECE_BYTES = 256_000;

/** All bytes of a small member, inflated and compared with what the directory says of them. */
export function inflateMember(zip: number, { member, start }: Located): Buffer {
  const raw = readBytes(zip, start, member.compressedBytes);
  const data = member.deflated ? raw && inflate(raw, member.bytes) : raw;
  if (data?.length !== member.bytes || crc32(data) !== member.crc32) throw zipDamaged(member.name);
  return data;
}

/** Undefined if the bytes are no deflated data or are more than promised. */
function inflate(raw: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(raw, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch {
    return undefined;
  }
}

/** A large deflated member, written piece by piece. */
export async function inflateLarge(zip: number, { member, start, end }: Located, path: string): Promise<void> {
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
    const piece = readBytes(zip, at, Math.min(PIECE_BYTES, end - at));
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

function isZlibError(error: unknown): boolean {
  return !(error instanceof AppError) && /^Z_|^ERR_(BUFFER|STREAM_PREMATURE)/.test(errorCode(error) ?? '');
}
