import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipDamaged, zipNamesCollide } from '../../errors.ts';
import { createBreather } from '../../files/breathe.ts';
import { writeAll } from '../../files/write-all.ts';
import { collisionKey } from '../disk-names.ts';
import { locate, locateOne, readInto, type Located, type ZipBytes } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { inflateLarge, inflateMember } from './inflate.ts';
import type { Member } from './members.ts';

// Writes the files of a zip to the disk.

/** Up to here a member is inflated in one piece, which is several times faster for photos. */
const WHOLE_BYTES = 1_000_000;
const COPY_BYTES = 1_000_000;

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
  return inflateMember(zip.file, locateOne(zip, member));
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

function inflateWhole(zip: number, one: Located, path: string): void {
  const data = inflateMember(zip, one);
  const target = openSync(path, 'wx');
  try {
    writeAll(target, data);
  } finally {
    closeSync(target);
  }
}
