import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/projects/zip/crc32.ts';

/** A member as a hostile program would write it: every field can be a lie. */
export interface RawMember {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
  /** Unix mode with its type, for instance 0o120777 for a link. */
  readonly mode?: number;
  readonly localName?: string | Buffer;
  /** Point to the bytes of this member (by index) in place of own ones. */
  readonly sharedWith?: number;
  readonly extra?: Buffer;
}

export interface RawZipOptions {
  readonly entryCount?: number;
  readonly directoryOffset?: number;
  readonly prefix?: Buffer;
  readonly suffix?: Buffer;
  /** Written as zip64 end records with these values. */
  readonly zip64?: { readonly entryCount: bigint; readonly directoryOffset: bigint };
}

const UTF8 = 0x800;

/** Zip format by hand: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (ends). */
export function rawZip(members: readonly RawMember[], options: RawZipOptions = {}): Buffer {
  const parts: Buffer[] = options.prefix ? [options.prefix] : [];
  const offsets: number[] = [];
  const central: Buffer[] = [];
  let length = options.prefix?.length ?? 0;
  for (const member of members) {
    const content = Buffer.from((member.content ?? '') as string);
    const data = member.deflate ? deflateRawSync(content) : content;
    const fields = {
      flags: member.flags ?? UTF8,
      method: member.method ?? (member.deflate ? 8 : 0),
      crc: member.crc ?? crc32(content),
      compressed: member.compressedSize ?? data.length,
      size: member.size ?? content.length,
      extra: member.extra ?? Buffer.alloc(0),
    };
    const shared = member.sharedWith === undefined ? undefined : offsets[member.sharedWith];
    const offset = shared ?? length;
    offsets.push(offset);
    if (shared === undefined) {
      const header = localHeader(Buffer.from((member.localName ?? member.name) as string), fields);
      parts.push(header, data);
      length += header.length + data.length;
    }
    central.push(centralHeader(Buffer.from(member.name as string), fields, (member.mode ?? 0) * 0x10000, offset));
  }
  const directoryOffset = options.directoryOffset ?? length;
  const directory = Buffer.concat(central);
  const end = endRecord(options.entryCount ?? members.length, directory.length, directoryOffset);
  const zip64 = options.zip64 ? zip64End(options.zip64, length + directory.length) : Buffer.alloc(0);
  return Buffer.concat([...parts, directory, zip64, end, options.suffix ?? Buffer.alloc(0)]);
}

interface Fields {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly extra: Buffer;
}

/** What both headers say, from the version that is needed to the length of the name. */
function writeShared(header: Buffer, at: number, name: Buffer, { flags, method, crc, compressed, size }: Fields): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(flags, at + 2);
  header.writeUInt16LE(method, at + 4);
  header.writeUInt32LE(crc, at + 10);
  header.writeUInt32LE(compressed, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(name.length, at + 22);
}

export function localHeader(name: Buffer, fields: Fields): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeShared(header, 4, name, fields);
  return Buffer.concat([header, name]);
}

export function centralHeader(name: Buffer, fields: Fields, attributes: number, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(0x0314, 4);
  writeShared(header, 6, name, fields);
  header.writeUInt16LE(fields.extra.length, 30);
  header.writeUInt32LE(attributes, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, fields.extra]);
}

export function endRecord(entries: number, bytes: number, offset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(bytes, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}

function zip64End(
  { entryCount, directoryOffset }: { readonly entryCount: bigint; readonly directoryOffset: bigint },
  at: number,
): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(entryCount, 24);
  record.writeBigUInt64LE(entryCount, 32);
  record.writeBigUInt64LE(directoryOffset, 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}
