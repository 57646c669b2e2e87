import { createHash } from 'node:crypto';
import { Header, Pax } from 'tar';
import { digestEntry } from '../../src/backup/archive-digest.ts';

// Archives that no backup makes, for tests of what a restore refuses.

export interface RawEntry {
  readonly path: string;
  readonly text?: string;
  readonly type?: 'File' | 'Link' | 'SymbolicLink' | 'Directory' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  /** What the header says instead of the length of the text. */
  readonly size?: number;
}

/** A tar with these entries. */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = '', type = 'File', linkpath, size = Buffer.byteLength(text) }) => {
    const fields = { path, size, mtime: new Date(), mode: 0o644, ...(linkpath === undefined ? {} : { linkpath }) };
    const head = Buffer.alloc(512);
    new Header({ ...fields, type }).encode(head);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    return [new Pax(fields).encode(), head, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The same with a summary at its end that is right: only the entries themselves can be wrong. */
export function sealedTar(entries: readonly RawEntry[]): Buffer {
  const digest = createHash('sha256');
  let [files, bytes] = [0, 0];
  for (const { path, text = '', type = 'File', linkpath = '' } of entries) {
    const size = Buffer.byteLength(text);
    const kind = type === 'Directory' ? 'folder' : type === 'Link' ? 'link' : 'file';
    digestEntry(digest, { kind, path, size, target: kind === 'link' ? linkpath : '' });
    digest.update(text);
    if (kind !== 'folder') files += 1;
    bytes += size;
  }
  const summary = JSON.stringify({ format: 1, files, bytes, sha256: digest.digest('hex') });
  return rawTar([...entries, { path: '.backup.json', text: summary }]);
}
