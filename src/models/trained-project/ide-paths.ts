import type { ProjectType } from '../../projects/project.ts';
import { distinctFile, distinctName, storedName } from '../../projects/stored-name.ts';

// The IDE opens a zip by the names that its dataset.json leads to, and gives up if one is missing. On disk some of these
// names are others (docs/disk.md § Names on disk).

type Entry = Readonly<Record<string, unknown>>;

/** The files of a data set under the names that the IDE looks for. */
export interface IdeDataset {
  /** Name in the zip by the path on disk; of files that dataset.json does not lead to, the path itself. */
  readonly names: ReadonlyMap<string, string>;
  /** dataset.json without the entries whose files are gone; undefined: it stays as it is. */
  readonly text: string | undefined;
}

/** `files`: paths on disk, such as `dataset/Cat/1.jpg`. `text`: of dataset.json, if there is one. */
export function ideDataset(type: ProjectType, files: readonly string[], text: string | undefined): IdeDataset {
  const names = new Map(files.map((file) => [file, file]));
  const dataset = text === undefined ? undefined : parse(text);
  const data = dataset?.['data'];
  if (!Array.isArray(data)) return { names, text: undefined };
  const find = finderIn(files);
  const whole = data.filter((entry: unknown) => {
    const wanted = isEntry(entry) ? pathsOf(type, entry) : [];
    const found = wanted.map(find);
    if (!found.every((file) => file !== undefined)) return false;
    for (const [index, file] of found.entries()) names.set(file, nameInZip(wanted[index] ?? file, file));
    return true;
  });
  return { names, text: whole.length === data.length ? undefined : JSON.stringify({ ...dataset, data: whole }) };
}

/** Where the IDE looks for the files of a sample. */
function pathsOf(type: ProjectType, entry: Entry): readonly string[] {
  const { id, ext, class: label, sound, sound_ext: soundExt, mfcc, mfcc_ext: mfccExt } = entry;
  if (type === 'OBJECT_DETECTION') return [`dataset/JPEGImages/${id}.${ext}`, `dataset/Annotations/${id}.xml`];
  if (type === 'IMAGE_CLASSIFICATION') return [`dataset/${label}/${id}.${ext}`];
  return [
    `dataset/waveform/${label}/${id}.${ext}`,
    ...(sound && soundExt ? [`dataset/sound/${label}/${id}.${soundExt}`] : []),
    ...(mfcc && mfccExt ? [`dataset/mfcc/${label}/${id}_mfcc.${mfccExt}`] : []),
  ];
}

/** A zip's name cannot hold a backslash: it would be read as a folder. */
function nameInZip(wanted: string, file: string): string {
  return wanted.includes('\\') ? file : wanted;
}

type Folder = Map<string, Folder>;

/** Finds the file on disk that a name of the IDE stands for, whichever form of its parts was stored. */
function finderIn(files: readonly string[]): (wanted: string) => string | undefined {
  const root: Folder = new Map();
  for (const file of files) {
    let folder = root;
    for (const part of file.split('/')) {
      const next = folder.get(part) ?? new Map();
      folder.set(part, next);
      folder = next;
    }
  }
  return (wanted) => {
    let folder: Folder | undefined = root;
    const path: string[] = [];
    for (const part of wanted.split('/').filter((one) => one !== '')) {
      const stored: string | undefined = formsOf(part).find((form) => folder?.has(form));
      folder = stored === undefined ? undefined : folder?.get(stored);
      if (stored === undefined || folder === undefined) return undefined;
      path.push(stored);
    }
    return folder.size === 0 ? path.join('/') : undefined;
  };
}

function formsOf(part: string): readonly string[] {
  return [part, storedName(part), distinctName(part), distinctFile(part), part.normalize('NFC'), part.normalize('NFD')];
}

function parse(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
