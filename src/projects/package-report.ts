import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { crc32 } from './zip/crc32.ts';

// Changes report.json within model.zip, which a conversion packs (python/mai/convert/package.py). The other files stay
// as they are, byte by byte.

/** Signatures and lengths of PKWARE's APPNOTE: 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end). */
const LOCAL = { mark: 0x04034b50, bytes: 30 } as const;
const CENTRAL = { mark: 0x02014b50, bytes: 46 } as const;
const END = { mark: 0x06054b50, bytes: 22 } as const;
const DEFLATED = 8;
/** Sizes that stand behind the bytes, which our own packages never have. */
const SIZES_FOLLOW = 0x08;
const REPORT = 'report.json';

interface Member {
  readonly name: string;
  /** What the directory says of it, and what stands in front of its bytes. */
  readonly entry: Buffer;
  readonly header: Buffer;
  readonly packed: Buffer;
}

/** The package with another text of its report; undefined: the text stays, or this is no package of ours. */
export function withOtherReport(zip: Buffer, change: (text: string) => string): Buffer | undefined {
  try {
    const members = membersOf(zip);
    const report = members.find(({ name }) => name === REPORT);
    if (report === undefined) return undefined;
    const before = textOf(report);
    const after = change(before);
    return after === before
      ? undefined
      : packed(members.map((member) => (member === report ? withText(report, after) : member)));
  } catch {
    return undefined;
  }
}

function membersOf(zip: Buffer): Member[] {
  const end = zip.length - END.bytes;
  if (zip.readUInt32LE(end) !== END.mark) throw new RangeError('no directory at its end');
  const members: Member[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== CENTRAL.mark) throw new RangeError('no entry of a directory');
    const length = zip.readUInt16LE(at + 28);
    const next = at + CENTRAL.bytes + length + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    members.push(memberAt(zip, Buffer.from(zip.subarray(at, next)), length));
    at = next;
  }
  return members;
}

function memberAt(zip: Buffer, entry: Buffer, nameBytes: number): Member {
  const from = entry.readUInt32LE(42);
  if (zip.readUInt32LE(from) !== LOCAL.mark || (entry.readUInt16LE(8) & SIZES_FOLLOW) !== 0)
    throw new RangeError('no package of ours');
  const begin = from + LOCAL.bytes + zip.readUInt16LE(from + 26) + zip.readUInt16LE(from + 28);
  return {
    name: entry.toString('utf8', CENTRAL.bytes, CENTRAL.bytes + nameBytes),
    entry,
    header: Buffer.from(zip.subarray(from, begin)),
    packed: zip.subarray(begin, begin + entry.readUInt32LE(20)),
  };
}

function textOf({ entry, packed }: Member): string {
  return (entry.readUInt16LE(10) === DEFLATED ? inflateRawSync(packed) : packed).toString('utf8');
}

function withText({ name, entry, header }: Member, text: string): Member {
  const bytes = Buffer.from(text);
  const packed = deflateRawSync(bytes);
  // method, and then checksum and both sizes, in the directory and in front of the bytes
  for (const [fields, method, sums] of [[entry, 10, 16] as const, [header, 8, 14] as const]) {
    fields.writeUInt16LE(DEFLATED, method);
    fields.writeUInt32LE(crc32(bytes), sums);
    fields.writeUInt32LE(packed.length, sums + 4);
    fields.writeUInt32LE(bytes.length, sums + 8);
  }
  return { name, entry, header, packed };
}

function packed(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  for (const { entry, header, packed: bytes } of members) {
    entry.writeUInt32LE(offset, 42);
    parts.push(header, bytes);
    offset += header.length + bytes.length;
  }
  const directory = Buffer.concat(members.map(({ entry }) => entry));
  const end = Buffer.alloc(END.bytes);
  end.writeUInt32LE(END.mark, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}
