import { readSync } from 'node:fs';
import { zipInvalid, zipOverlap } from '../../errors.ts';
import type { Member } from './members.ts';

// Finds the bytes of each file in a zip.

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;

/** The open zip, and where its directory begins: no member's bytes may reach that. */
export interface ZipBytes {
  readonly file: number;
  readonly end: number;
}

/** A member, and where its bytes lie in the zip. */
export interface Located {
  readonly member: Member;
  readonly start: number;
  readonly end: number;
}

/** Find each member's bytes, and refuse what shares them with another: the trick of zip bombs that are small on both sides. */
export async function locate(
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

/** Where the bytes of a single member lie. */
export function locateOne({ file, end: limit }: ZipBytes, member: Member): Located {
  const start = dataStart(file, member);
  const end = start + member.compressedBytes;
  if (end > limit) throw zipOverlap(member.name);
  return { member, start, end };
}

/** The header before the bytes must say the same name as the directory, or programs would see two different zips. */
function dataStart(zip: number, member: Member): number {
  const length = LOCAL_HEADER_BYTES + member.rawName.length;
  const header = readBytes(zip, member.headerOffset, length);
  if (header === undefined || header.readUInt32LE(0) !== LOCAL_HEADER)
    throw zipInvalid(`"${member.name}" is not where the zip says`);
  const nameBytes = header.readUInt16LE(26);
  if (nameBytes !== member.rawName.length || !header.subarray(LOCAL_HEADER_BYTES).equals(member.rawName)) {
    throw zipInvalid(`"${member.name}" has two names`);
  }
  return member.headerOffset + length + header.readUInt16LE(28);
}

/** Undefined if the file ends before. */
export function readBytes(file: number, position: number, length: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(length);
  return readInto(buffer, file, position) ? buffer : undefined;
}

/** Fill the buffer; false if the file ends before. */
export function readInto(buffer: Buffer, file: number, position: number): boolean {
  if (!Number.isSafeInteger(position)) return false;
  return buffer.length === 0 || readSync(file, buffer, 0, buffer.length, position) === buffer.length;
}
