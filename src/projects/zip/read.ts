import type { FileHandle } from 'node:fs/promises';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { AppError, tooManyFiles, unpackedTooLarge, zipEmpty, zipInvalid, zipRatio } from '../../errors.ts';
import { createBreather } from '../../files/breathe.ts';
import { shown, shownRaw } from './names.ts';

// Reads the directory of a zip, and refuses zips that are made to do harm.

/** What an upload may hold at most. */
export interface ZipLimits {
  readonly maxFiles: number;
  readonly maxUnpackedBytes: number;
}

export interface ZipDirectory {
  readonly entries: readonly Entry[];
  /** Where the directory begins: no member's bytes may reach it. */
  readonly offset: number;
}

/** Drawings on white and silence shrink by a thousand, so small projects may. What is large by it is made to fill disks. */
const MAX_RATIO = 200;
const RATIO_MATTERS_FROM_BYTES = 500_000_000;
const PIECE_BYTES = 256_000;
const CENTRAL_HEADER = 0x02014b50;

/** Read the directory of a zip without inflating anything. Rejects with an AppError that says what is wrong. */
export async function readZipDirectory(file: FileHandle, size: number, limits: ZipLimits): Promise<ZipDirectory> {
  if (size === 0) throw zipEmpty();
  try {
    const zip = await fromRandomAccessReaderPromise(new BoundedReader(file, size), size, {
      decodeStrings: false,
      validateEntrySizes: true,
      autoClose: false,
    });
    return await collect(zip, limits, file, size);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw zipInvalid(error instanceof Error ? shown(firstSentence(error.message)) : 'unreadable');
  }
}

async function collect(zip: ZipFile, limits: ZipLimits, file: FileHandle, size: number): Promise<ZipDirectory> {
  if (zip.entryCount > limits.maxFiles) throw tooManyFiles(limits.maxFiles);
  const offset = cursor(zip);
  const entries: Entry[] = [];
  const breathe = createBreather();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    await breathe();
    entries.push(entry);
    total += entry.uncompressedSize;
    if (total > limits.maxUnpackedBytes) throw unpackedTooLarge(limits.maxUnpackedBytes);
  }
  if (total > RATIO_MATTERS_FROM_BYTES && total > MAX_RATIO * size) throw zipRatio(largest(entries), MAX_RATIO);
  await refuseHiddenEntries(file, cursor(zip), size);
  return { entries, offset };
}

function largest(entries: readonly Entry[]): string {
  const found = entries.reduce((most, entry) => (entry.uncompressedSize > most.uncompressedSize ? entry : most));
  return shownRaw(found.fileNameRaw.toString('latin1'));
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

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.#size) {
      callback(new Error('it ends early'));
      return;
    }
    this.#load(position, length)
      .then(
        () => {
          const from = position - this.#pieceAt;
          this.#piece.copy(buffer, offset, from, from + length);
          callback(null);
        },
        (error: Error) => callback(error),
      )
      .catch((error: unknown) => this.emit('error', error));
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
