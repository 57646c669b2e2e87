import type { Entry } from 'yauzl';
import { zipName, zipNameLong } from '../../errors.ts';
import { crc32 } from './crc32.ts';

// The names in a zip as bytes: what leads out of the folder is refused before anybody knows their code page.

const MAX_NAME_BYTES = 2048;
const UTF8_FLAG = 0x800;
const UNICODE_PATH_FIELD = 0x7075;

/** A member's name before its code page is known: its parts hold one character a byte. */
export interface RawName {
  readonly parts: readonly string[];
  readonly isDirectory: boolean;
  readonly saysUtf8: boolean;
  readonly isAscii: boolean;
}

type NameFields = Pick<Entry, 'fileNameRaw' | 'generalPurposeBitFlag' | 'extraFields'>;

/**
 * Divide a name into its parts, and refuse what leads out of the folder. In all code pages of file names the
 * byte of a slash is a slash, so this is safe before they are decoded.
 */
export function readRawName(entry: NameFields): RawName {
  const unicode = unicodePath(entry);
  const raw = unicode ?? entry.fileNameRaw;
  if (raw.length > MAX_NAME_BYTES) throw zipNameLong(shownRaw(raw.toString('latin1')));
  const text = raw.toString('latin1');
  // .NET and PowerShell wrote backslashes between the folders; in the IDE's zips one belongs to a label, below dataset/
  const parts = text.split(text.includes('/') ? '/' : '\\');
  const why = refusal(text, parts);
  if (why !== undefined) throw zipName(shownRaw(text), why);
  const isDirectory = parts.at(-1) === '';
  return {
    parts: parts.filter((part, index) => part !== '' && !(part === '.' && index === 0)),
    isDirectory,
    saysUtf8: unicode !== undefined || (entry.generalPurposeBitFlag & UTF8_FLAG) !== 0,
    isAscii: isAscii(text),
  };
}

/** Info-ZIP's extra field carries the UTF-8 name beside one in an old code page. */
function unicodePath({ fileNameRaw, extraFields }: NameFields): Buffer | undefined {
  const data = extraFields.find(({ id }) => id === UNICODE_PATH_FIELD)?.data;
  if (data === undefined || data.length < 6 || data[0] !== 1 || data.readUInt32LE(1) !== crc32(fileNameRaw))
    return undefined;
  return data.subarray(5);
}

function refusal(text: string, parts: readonly string[]): string | undefined {
  if (/^[/\\]*$/.test(text)) return 'it is empty';
  if (text.includes('\0')) return 'it holds a zero byte';
  if (parts[0] === '') return 'it is an absolute path';
  if (/^[A-Za-z]:/.test(text)) return 'it begins with a drive';
  if (parts.includes('..')) return 'it leads out of the project';
  return undefined;
}

export function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text);
}

/** The name for a sentence, while its code page is unknown. */
export function shownRaw(text: string): string {
  return shown(Buffer.from(text, 'latin1').toString('utf8'));
}

/** Short and printable: names of attackers end up in answers and logs. */
export function shown(name: string): string {
  const printable = name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, '?');
  return printable.length > 80 ? `${[...printable].slice(0, 77).join('')}…` : printable;
}
