import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { Header, Pax } from 'tar';
import { digestEntry, FORMAT, KEY_FILE, SUMMARY_FILE, type Summary } from './archive-digest.ts';
import { ChangedMeanwhile } from './changed.ts';
import { PRIVATE_MODE } from '../files/replace-file.ts';

// Writes a tar archive that can be taken back to an earlier point: a project that changed meanwhile is written again.

const BLOCK_BYTES = 512;
const COPY_BYTES = 1_000_000;

/** A point of an archive to go back to. */
export interface Mark {
  readonly position: number;
  readonly files: number;
  readonly bytes: number;
  readonly digest: Hash;
}

/** Synchronous: a backup is a process of its own, and the shorter it looks at a project, the less changes meanwhile. */
export interface ArchiveWriter {
  folder(path: string, mtimeMs: number): void;
  /** Takes `size` bytes of the open file from its beginning. Throws ChangedMeanwhile where it has fewer. */
  file(path: string, from: number, size: number, mtimeMs: number): void;
  /** A second name of a file that is in the archive. */
  link(path: string, target: string, mtimeMs: number): void;
  mark(): Mark;
  goBack(mark: Mark): void;
  /** Everything is on the disk, and the archive is whole. */
  finish(): Summary;
  close(): void;
}

interface Entry {
  readonly type: 'File' | 'Directory' | 'Link';
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly linkpath?: string;
}

/** Only the user who runs the server may read an archive: it holds the photos of a class. */
export function openArchive(path: string): ArchiveWriter {
  const archive = openBuffered(path);
  let now: Omit<Mark, 'position'> = { files: 0, bytes: 0, digest: createHash('sha256') };
  const pad = (size: number) => archive.write(Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES));
  const buffer = Buffer.allocUnsafeSlow(COPY_BYTES);

  return {
    folder(path, mtimeMs) {
      digestEntry(now.digest, { kind: 'folder', path, size: 0, target: '' });
      archive.write(headOf({ type: 'Directory', path: `${path}/`, size: 0, mtimeMs }));
    },
    file(path, from, size, mtimeMs) {
      digestEntry(now.digest, { kind: 'file', path, size, target: '' });
      archive.write(headOf({ type: 'File', path, size, mtimeMs }));
      for (let done = 0; done < size; ) {
        const bytes = readSync(from, buffer, 0, Math.min(buffer.length, size - done), done);
        if (bytes === 0) throw new ChangedMeanwhile(path);
        now.digest.update(buffer.subarray(0, bytes));
        archive.write(buffer.subarray(0, bytes));
        done += bytes;
      }
      pad(size);
      now = { ...now, files: now.files + 1, bytes: now.bytes + size };
    },
    link(path, target, mtimeMs) {
      digestEntry(now.digest, { kind: 'link', path, size: 0, target });
      archive.write(headOf({ type: 'Link', path, size: 0, mtimeMs, linkpath: target }));
      now = { ...now, files: now.files + 1 };
    },
    mark: () => ({ ...now, position: archive.position(), digest: now.digest.copy() }),
    goBack(mark) {
      archive.goBack(mark.position);
      now = { ...mark, digest: mark.digest.copy() };
    },
    finish() {
      const { files, bytes, digest } = now;
      const summary = { format: FORMAT, files, bytes, sha256: digest.copy().digest('hex') };
      const text = Buffer.from(`${JSON.stringify(summary)}\n`);
      archive.write(headOf({ type: 'File', path: SUMMARY_FILE, size: text.length, mtimeMs: Date.now() }));
      archive.write(text);
      pad(text.length);
      archive.write(Buffer.alloc(2 * BLOCK_BYTES));
      archive.sync();
      return summary;
    },
    close: archive.close,
  };
}

/** A new file that takes small pieces together. */
function openBuffered(path: string) {
  const file = openSync(path, 'wx', PRIVATE_MODE);
  const buffer = Buffer.allocUnsafeSlow(COPY_BYTES);
  let [written, waiting] = [0, 0];
  const flush = () => {
    for (let done = 0; done < waiting; ) done += writeSync(file, buffer, done, waiting - done, written + done);
    written += waiting;
    waiting = 0;
  };
  return {
    write(bytes: Uint8Array) {
      for (let done = 0; done < bytes.length; ) {
        if (waiting === buffer.length) flush();
        const part = bytes.subarray(done, done + buffer.length - waiting);
        buffer.set(part, waiting);
        waiting += part.length;
        done += part.length;
      }
    },
    position: () => written + waiting,
    goBack(position: number) {
      flush();
      ftruncateSync(file, position);
      written = position;
    },
    sync() {
      flush();
      fsyncSync(file);
    },
    close: () => closeSync(file),
  };
}

/** The second header holds what the first has no room for: long names, other letters, parts of a second. */
function headOf({ type, path, size, mtimeMs, linkpath }: Entry): Buffer {
  const mtime = new Date(mtimeMs);
  const mode = type === 'Directory' ? 0o755 : path === KEY_FILE || path === SUMMARY_FILE ? PRIVATE_MODE : 0o644;
  const fields = { path, size, mtime, mode, ...(linkpath === undefined ? {} : { linkpath }) };
  const block = Buffer.alloc(BLOCK_BYTES);
  new Header({ ...fields, type }).encode(block);
  return Buffer.concat([new Pax(fields).encode(), block]);
}
