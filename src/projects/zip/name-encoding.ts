import { getFileNameLowLevel } from 'yauzl';
import { zipName } from '../../errors.ts';
import { createBreather } from '../../files/breathe.ts';
import { isDataFolder, labelFolders } from '../label-folders.ts';
import { isAscii, shownRaw, type RawName } from './names.ts';

// Finds out in which code page the names in a zip are written.

type Decode = (bytes: Buffer) => string | undefined;

interface Encoding {
  readonly name: string;
  readonly decode: Decode;
}

/** What a name without the UTF-8 flag may be written in. The first of those that fit is taken: computers here are Thai. */
const ENCODINGS: readonly Encoding[] = [
  ...[
    'utf-8',
    'windows-874',
    'windows-1252',
    'shift_jis',
    'gb18030',
    'big5',
    'euc-kr',
    'ibm866',
    'windows-1251',
    'windows-1258',
  ].flatMap(encoding),
  { name: 'cp437', decode: (bytes) => getFileNameLowLevel(0, bytes, [], true) },
];

/** Returns the parts of a name as text. Throws an AppError for a name that says it is UTF-8 and is not. */
export type NameReader = (name: RawName) => readonly string[];

/**
 * Zips by Windows hold names in the code page of the computer and do not say in which. The labels of project.json
 * do: that code page is right in which folders are labels. Where none is, names of Thai letters are Thai.
 * `names`: those of the project, without the folder around it.
 */
export async function createNameReader(names: readonly RawName[], labels: readonly string[]): Promise<NameReader> {
  const isLabel = labelFolders(labels);
  const unclear = names.filter((name) => !name.saysUtf8 && !name.isAscii);
  const fitting = await fittingEncodings(unclear, isLabel);
  const usual = mostFitting([...fitting.values()]) ?? (await guess(unclear));
  const keepsDots = labels.some((label) => label.split('/').includes('.'));
  return (name) => {
    const text = textOf(name, fitting.get(folderOf(name)) ?? [], usual);
    const parts = text.split('/').filter((part) => part !== '' && (part !== '.' || keepsDots));
    return text.includes('\\') ? withoutBackslashes(parts, isLabel) : parts;
  };
}

function textOf(name: RawName, fitting: readonly Encoding[], usual: Encoding): string {
  const raw = name.parts.join('/');
  if (name.isAscii) return raw;
  const bytes = Buffer.from(raw, 'latin1');
  const utf8 = byName('utf-8').decode(bytes);
  if (name.saysUtf8) {
    if (utf8 === undefined) throw zipName(shownRaw(raw), 'it is not valid UTF-8');
    return utf8;
  }
  const own = fitting.includes(usual) ? usual : fitting[0];
  // by chance two bytes of another code page are one letter of UTF-8 often (รถ in 874 is ö), three bytes hardly ever
  const surelyUtf8 = utf8 !== undefined && /[\u0800-\uffff]/.test(utf8) ? utf8 : undefined;
  return (
    own?.decode(bytes) ??
    surelyUtf8 ??
    (usual.name === 'cp437' ? utf8 : usual.decode(bytes)) ??
    utf8 ??
    byName('cp437').decode(bytes) ??
    shownRaw(raw)
  );
}

/** For each folder of a label, by its bytes: the encodings in which it is one. */
async function fittingEncodings(
  names: readonly RawName[],
  isLabel: (folders: readonly string[]) => boolean,
): Promise<ReadonlyMap<string, readonly Encoding[]>> {
  const fitting = new Map<string, readonly Encoding[]>();
  const breathe = createBreather();
  for (const name of names) {
    await breathe();
    const folder = folderOf(name);
    if (name.parts[0] !== 'dataset' || fitting.has(folder) || isAscii(folder)) continue;
    const bytes = Buffer.from(folder, 'latin1');
    fitting.set(
      folder,
      ENCODINGS.filter(({ decode }) => isLabel(decode(bytes)?.split('/') ?? [])),
    );
  }
  return fitting;
}

function mostFitting(fitting: readonly (readonly Encoding[])[]): Encoding | undefined {
  const count = (encoding: Encoding) => fitting.filter((those) => those.includes(encoding)).length;
  const best = ENCODINGS.reduce<Encoding | undefined>(
    (so, next) => (so !== undefined && count(so) >= count(next) ? so : next),
    undefined,
  );
  return best !== undefined && count(best) > 0 ? best : undefined;
}

async function guess(names: readonly RawName[]): Promise<Encoding> {
  const breathe = createBreather();
  let usual = byName('utf-8');
  for (const { parts } of names) {
    await breathe();
    const bytes = Buffer.from(parts.join('/'), 'latin1');
    if (byName('utf-8').decode(bytes) !== undefined) continue;
    if (!/^[\u0000-\u007f\u0e01-\u0e5b]*$/.test(byName('windows-874').decode(bytes) ?? '\uffff'))
      return byName('cp437');
    usual = byName('windows-874');
  }
  return usual;
}

/** `dataset/cat\1.jpg` of a program that joins by its own system's rule, unless the label holds the backslash. */
function withoutBackslashes(
  parts: readonly string[],
  isLabel: (folders: readonly string[]) => boolean,
): readonly string[] {
  const divided = parts.flatMap((part) => part.split('\\'));
  const fits = (path: readonly string[]) =>
    path[0] === 'dataset' && (isLabel(path.slice(1, -1)) || isDataFolder(path[1] ?? ''));
  return !divided.includes('..') && fits(divided) && !fits(parts) ? divided : parts;
}

/** The folders below `dataset`, as bytes. */
function folderOf({ parts }: RawName): string {
  return parts.slice(1, -1).join('/');
}

function byName(name: string): Encoding {
  const found = ENCODINGS.find((known) => known.name === name);
  return found ?? { name, decode: () => undefined };
}

/** None where this Node.js was built without the tables. */
function encoding(name: string): Encoding[] {
  try {
    const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
    return [{ name, decode: (bytes) => decoded(decoder, bytes) }];
  } catch {
    return [];
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
