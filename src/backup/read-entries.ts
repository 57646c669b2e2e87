import type { FileHandle } from 'node:fs/promises';
import { Header, Pax } from 'tar';

// Reads a tar archive entry by entry. Every position is checked against the size of the archive before anything is read.

/** The archive is none, or damaged: a sentence for people. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive';
}

export interface ArchiveEntry {
  /** The type as the package `tar` names it. */
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly mtime: Date;
  readonly linkpath: string;
  readonly bytes: () => AsyncIterable<Buffer>;
}

const BLOCK_BYTES = 512;
const PIECE_BYTES = 1_000_000;
/** Long names and times of one entry. */
const MAX_EXTENDED_BYTES = 65_536;

export async function* readEntries(archive: FileHandle, archiveBytes: number): AsyncGenerator<ArchiveEntry> {
  let extended: Pax | undefined;
  for (let at = 0; ; ) {
    if (at + BLOCK_BYTES > archiveBytes) throw new BadArchive('it ends early');
    const header = headerIn(await read(archive, at, BLOCK_BYTES), at === 0, extended);
    if (header.nullBlock) return;
    // a long path has its beginning in the plain header, too
    const path = extended?.path ?? header.path ?? '';
    const linkpath = extended?.linkpath ?? header.linkpath ?? '';
    const { size = 0 } = header;
    if (!header.cksumValid) throw new BadArchive(at === 0 ? 'it is no backup' : 'it is damaged');
    const start = at + BLOCK_BYTES;
    if (!Number.isSafeInteger(size) || start + size > archiveBytes)
      throw new BadArchive(`${path} says that it is larger than what is left of the file`);
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    if (header.type === 'ExtendedHeader') {
      if (size > MAX_EXTENDED_BYTES) throw new BadArchive('it has a name that is too long');
      extended = Pax.parse((await read(archive, start, size)).toString('utf8'));
      continue;
    }
    extended = undefined;
    const { type, mtime = new Date() } = header;
    yield { type, path, size, mtime, linkpath, bytes: () => piecesOf(archive, start, size) };
  }
}

/** How files begin that other programs pack a tar into: gzip, bzip2, xz, zstd, zip. */
const PACKED = /^(?:\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|PK)/;

function headerIn(block: Buffer, isFirst: boolean, extended: Pax | undefined): Header {
  if (isFirst && PACKED.test(block.toString('latin1', 0, 6)))
    throw new BadArchive('it is compressed: unpack it first, such as with gunzip');
  try {
    return new Header(block, 0, extended);
  } catch {
    // numbers that are none
    throw new BadArchive(isFirst ? 'it is no backup' : 'it is damaged');
  }
}

async function* piecesOf(archive: FileHandle, start: number, size: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < size; done += PIECE_BYTES)
    yield await read(archive, start + done, Math.min(PIECE_BYTES, size - done));
}

async function read(archive: FileHandle, position: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await archive.read(bytes, done, size - done, position + done);
    if (bytesRead === 0) throw new BadArchive('it ends early');
    done += bytesRead;
  }
  return bytes;
}
