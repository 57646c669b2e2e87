import { getFileNameLowLevel, type Entry } from 'yauzl';
import { zipName } from '../errors.ts';

const MAX_NAME_BYTES = 2048;
const MAX_DEPTH = 8;
const UTF8_FLAG = 0x800;

/** A member's name in the zip, checked: no way out of the folder, nothing that two systems read differently. */
export interface MemberName {
  readonly text: string;
  readonly segments: readonly string[];
  readonly isDirectory: boolean;
  /** Equal for names that are one file on a file system that ignores case or Unicode form. */
  readonly collisionKey: string;
}

export function readMemberName(entry: Pick<Entry, 'fileNameRaw' | 'generalPurposeBitFlag' | 'extraFields'>): MemberName {
  if (entry.fileNameRaw.length > MAX_NAME_BYTES) {
    throw zipName(shown(entry.fileNameRaw.toString('utf8')), `longer than ${MAX_NAME_BYTES} bytes`);
  }
  const text = decode(entry);
  const why = refusal(text);
  if (why !== undefined) throw zipName(shown(text), why);
  const isDirectory = text.endsWith('/');
  const path = isDirectory ? text.slice(0, -1) : text;
  return { text, segments: path.split('/'), isDirectory, collisionKey: path.normalize('NFC').toLowerCase().normalize('NFC') };
}

/** Zips made on macOS hold UTF-8 without saying so; old Windows programs write code page 437. */
function decode(entry: Pick<Entry, 'fileNameRaw' | 'generalPurposeBitFlag' | 'extraFields'>): string {
  const saysUtf8 = (entry.generalPurposeBitFlag & UTF8_FLAG) !== 0;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw);
    return saysUtf8 ? text : unicodePath(entry, text);
  } catch {
    if (saysUtf8) throw zipName(shown(entry.fileNameRaw.toString('latin1')), 'it is not valid UTF-8');
    return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  }
}

/** Info-ZIP's extra field 0x7075 carries the UTF-8 name beside one in an old code page. */
function unicodePath(entry: Pick<Entry, 'fileNameRaw' | 'generalPurposeBitFlag' | 'extraFields'>, plain: string): string {
  if (!entry.extraFields.some(({ id }) => id === 0x7075)) return plain;
  return getFileNameLowLevel(UTF8_FLAG, entry.fileNameRaw, entry.extraFields, true);
}

function refusal(text: string): string | undefined {
  if (text === '' || text === '/') return 'it is empty';
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'it holds a control character';
  if (text.includes('\\')) return 'it holds a backslash';
  if (text.startsWith('/')) return 'it is an absolute path';
  if (/^[A-Za-z]:/.test(text)) return 'it begins with a drive';
  const segments = (text.endsWith('/') ? text.slice(0, -1) : text).split('/');
  if (segments.includes('..')) return 'it leads out of the project';
  if (segments.includes('.') || segments.includes('')) return 'a part of the path is empty';
  if (segments.length > MAX_DEPTH) return `it is deeper than ${MAX_DEPTH} folders`;
  return undefined;
}

/** Short and printable: names of attackers end up in answers and logs. */
export function shown(name: string): string {
  const printable = name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, '?');
  return printable.length > 80 ? `${[...printable].slice(0, 77).join('')}…` : printable;
}
