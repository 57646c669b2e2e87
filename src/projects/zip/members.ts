import type { Entry } from 'yauzl';
import { zipEncrypted, zipInvalid, zipLink, zipMethod } from '../../errors.ts';
import { shown, shownRaw, type RawName } from './names.ts';

/** A file in a zip, as the directory describes it; its bytes are still unread. */
export interface Member {
  /** For sentences. */
  readonly name: string;
  readonly rawName: Buffer;
  readonly headerOffset: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly deflated: boolean;
  readonly crc32: number;
}

const STORED = 0;
const DEFLATED = 8;
const SPLIT_OR_PATCHED = 0x2040;

/** Check what a directory says of an entry. Undefined for a folder; throws an AppError for what is neither folder nor plain file. */
export function memberOf(entry: Entry, name: RawName, text: string | undefined): Member | undefined {
  const said = text === undefined ? shownRaw(name.parts.join('/')) : shown(text);
  if (entry.isEncrypted() || (entry.generalPurposeBitFlag & SPLIT_OR_PATCHED) !== 0) throw zipEncrypted(said);
  if (isSpecial(entry, name.isDirectory)) throw zipLink(said);
  if (name.isDirectory) {
    if (entry.uncompressedSize !== 0) throw zipInvalid(`the folder "${said}" holds bytes`);
    return undefined;
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    throw zipMethod(said, entry.compressionMethod);
  return {
    name: said,
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
