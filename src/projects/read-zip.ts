import type { FileHandle } from 'node:fs/promises';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { AppError, tooManyFiles, unpackedTooLarge, zipEmpty, zipEncrypted, zipInvalid, zipLink, zipMethod, zipNamesCollide, zipRatio } from '../errors.ts';
import { createBreather } from './breathe.ts';
import { readMemberName, shown, type MemberName } from './zip-name.ts';

export interface ZipLimits {
  readonly maxFiles: number;
  readonly maxUnpackedBytes: number;
}

/** A member worth unpacking, as the directory of the zip describes it; its bytes are still unread. */
export interface Member {
  readonly name: string;
  readonly segments: readonly string[];
  readonly rawName: Buffer;
  readonly headerOffset: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly deflated: boolean;
  readonly crc32: number;
}

export interface ZipDirectory {
  /** Files only, in the order of the directory. */
  readonly members: readonly Member[];
  /** Where the directory begins: no member's bytes may reach it. */
  readonly offset: number;
}

/** No photo or sound shrinks by more; what does is made to fill disks. Small files may. */
const MAX_RATIO = 200;
const RATIO_MATTERS_FROM_BYTES = 1_000_000;
const STORED = 0;
const DEFLATED = 8;
const SPLIT_OR_PATCHED = 0x2040;
const PIECE_BYTES = 256_000;
const CENTRAL_HEADER = 0x02014b50;

/** Read and check the directory of a zip without inflating anything. Rejects with an AppError that says what is wrong. */
export async function readZipDirectory(file: FileHandle, size: number, limits: ZipLimits): Promise<ZipDirectory> {
  if (size === 0) throw zipEmpty();
  try {
    const zip = await fromRandomAccessReaderPromise(new BoundedReader(file, size), size, { decodeStrings: false, validateEntrySizes: true, autoClose: false });
    return await collect(zip, limits, file, size);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw zipInvalid(error instanceof Error ? shown(firstSentence(error.message)) : 'unreadable');
  }
}

async function collect(zip: ZipFile, limits: ZipLimits, file: FileHandle, size: number): Promise<ZipDirectory> {
  if (zip.entryCount > limits.maxFiles) throw tooManyFiles(limits.maxFiles);
  const offset = cursor(zip);
  const members: Member[] = [];
  const names = new NameRegister();
  const breathe = createBreather();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    await breathe();
    const member = checkEntry(entry, names);
    if (member === undefined) continue;
    total += member.bytes;
    if (total > limits.maxUnpackedBytes) throw unpackedTooLarge(limits.maxUnpackedBytes);
    members.push(member);
  }
  await refuseHiddenEntries(file, cursor(zip), size);
  return { members, offset };
}

function checkEntry(entry: Entry, names: NameRegister): Member | undefined {
  const name = readMemberName(entry);
  const text = shown(name.text);
  if (entry.isEncrypted() || (entry.generalPurposeBitFlag & SPLIT_OR_PATCHED) !== 0) throw zipEncrypted(text);
  if (isSpecial(entry, name.isDirectory)) throw zipLink(text);
  names.add(name);
  if (name.isDirectory) {
    if (entry.uncompressedSize !== 0) throw zipInvalid(`the folder "${text}" holds bytes`);
    return undefined;
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) throw zipMethod(text, entry.compressionMethod);
  if (entry.uncompressedSize > RATIO_MATTERS_FROM_BYTES && entry.uncompressedSize > MAX_RATIO * entry.compressedSize) throw zipRatio(text, MAX_RATIO);
  return {
    name: text,
    segments: name.segments,
    rawName: entry.fileNameRaw,
    headerOffset: entry.relativeOffsetOfLocalHeader,
    compressedBytes: entry.compressedSize,
    bytes: entry.uncompressedSize,
    deflated: entry.compressionMethod === DEFLATED,
    crc32: entry.crc32,
  };
}

/** The Unix mode is looked at whatever system the zip claims to come from: unpackers honour it. */
function isSpecial(entry: Entry, isDirectory: boolean): boolean {
  const type = (entry.externalFileAttributes >>> 16) & 0o170_000;
  return type !== 0 && type !== (isDirectory ? 0o040_000 : 0o100_000);
}

/** Names seen so far: no two may be one file, no file another's folder, no folder be spelt in two ways. */
class NameRegister {
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, string>();

  add(name: MemberName): void {
    const keys = name.collisionKey.split('/');
    const depth = name.isDirectory ? keys.length : keys.length - 1;
    for (let length = 1; length <= depth; length += 1) {
      const key = keys.slice(0, length).join('/');
      const folder = name.segments.slice(0, length).join('/');
      const known = this.#files.get(key) ?? this.#folders.get(key) ?? folder;
      if (known !== folder || this.#files.has(key)) throw zipNamesCollide(shown(folder), shown(known));
      this.#folders.set(key, folder);
    }
    if (name.isDirectory) return;
    const taken = this.#files.get(name.collisionKey) ?? this.#folders.get(name.collisionKey);
    if (taken !== undefined) throw zipNamesCollide(shown(name.text), shown(taken));
    this.#files.set(name.collisionKey, name.text);
  }
}

/** A zip that counts fewer entries than its directory holds shows other files to other programs. */
async function refuseHiddenEntries(file: FileHandle, end: number, size: number): Promise<void> {
  if (end + 4 > size) return;
  const next = Buffer.alloc(4);
  await file.read(next, 0, 4, end);
  if (next.readUInt32LE(0) === CENTRAL_HEADER) throw zipInvalid('it holds more entries than it counts');
}

/** Where yauzl stands in the directory (typed as boolean by mistake in its type package). */
function cursor(zip: ZipFile): number {
  return Number(zip.readEntryCursor);
}

function firstSentence(message: string): string {
  return message.split(/[.:] /)[0]?.toLowerCase() ?? message;
}

/**
 * Reads that leave the file are errors, not exceptions thrown from a callback: positions come from the zip itself.
 * The directory is read in large pieces, as yauzl asks for it entry by entry.
 */
class BoundedReader extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #size: number;
  #piece = Buffer.alloc(0);
  #pieceAt = 0;

  constructor(file: FileHandle, size: number) {
    super();
    this.#file = file;
    this.#size = size;
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.#size) {
      callback(new Error('it ends early'));
      return;
    }
    this.#load(position, length).then(
      () => {
        const from = position - this.#pieceAt;
        this.#piece.copy(buffer, offset, from, from + length);
        callback(null);
      },
      (error: Error) => callback(error),
    ).catch((error: unknown) => this.emit('error', error));
  }

  async #load(position: number, length: number): Promise<void> {
    if (position >= this.#pieceAt && position + length <= this.#pieceAt + this.#piece.length) return;
    const piece = Buffer.allocUnsafe(Math.min(Math.max(length, PIECE_BYTES), this.#size - position));
    const { bytesRead } = await this.#file.read(piece, 0, piece.length, position);
    if (bytesRead < length) throw new Error('it ends early');
    this.#piece = piece.subarray(0, bytesRead);
    this.#pieceAt = position;
  }
}
