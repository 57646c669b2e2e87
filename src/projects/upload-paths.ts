import type { Entry } from 'yauzl';
import { tooManyFiles, zipNameLong, zipNamesCollide } from '../errors.ts';
import { createBreather } from '../files/breathe.ts';
import { diskPaths } from './disk-names.ts';
import { createNameReader } from './zip/name-encoding.ts';
import { isSystemFile, isWithin } from './zip/layout.ts';
import { memberOf, type Member } from './zip/members.ts';
import { shown, type RawName } from './zip/names.ts';

// Decides where each file of an uploaded zip is stored.

const MAX_DEPTH = 32;
/** Linux takes paths of 4,096 bytes; the rest is for the folder that the project lies in. */
const MAX_PATH_BYTES = 3000;

export interface Placed {
  /** Every file of the zip. */
  readonly members: readonly Member[];
  /** Where those that belong to the project are written, relative to its folder. */
  readonly paths: ReadonlyMap<Member, readonly string[]>;
}

/** Decide which files of a zip belong to the project, and under which names they are stored. */
export async function placeMembers(
  entries: readonly Entry[],
  names: readonly RawName[],
  folder: readonly string[],
  labels: readonly string[],
  maxFiles: number,
): Promise<Placed> {
  const inside = names.map((name) =>
    isWithin(name.parts, folder) && !isSystemFile(name)
      ? { ...name, parts: name.parts.slice(folder.length) }
      : undefined,
  );
  const read = await createNameReader(
    inside.filter((name) => name !== undefined),
    labels,
  );
  const breathe = createBreather();
  const members: Member[] = [];
  const texts = new Map<Member, readonly string[]>();
  for (const [index, entry] of entries.entries()) {
    await breathe();
    const [raw, name] = [names[index], inside[index]];
    if (raw === undefined) continue;
    const path = name && read(name);
    const member = memberOf(entry, raw, path?.join('/'));
    if (member === undefined) continue;
    members.push(member);
    if (path === undefined || !belongsToProject(path)) continue;
    if (path.length > MAX_DEPTH) throw zipNameLong(member.name);
    texts.set(member, path);
  }
  await refuseDuplicates(texts, maxFiles, breathe);
  const onDisk = await diskPaths(texts.values());
  const paths = new Map<Member, readonly string[]>();
  for (const [member, path] of texts) {
    await breathe();
    const stored = onDisk(path);
    if (Buffer.byteLength(stored.join('/')) > MAX_PATH_BYTES) throw zipNameLong(member.name);
    paths.set(member, stored);
  }
  return { members, paths };
}

/** Whatever else a zip holds stays out: the project's folder has members of ours. */
function belongsToProject([first, ...rest]: readonly string[]): boolean {
  return rest.length === 0 ? first === 'project.json' || first === 'dataset.json' : first === 'dataset';
}

/** No two files may be one, no file another's folder, and the folders may not be more than files may. */
async function refuseDuplicates(
  texts: ReadonlyMap<Member, readonly string[]>,
  maxFiles: number,
  breathe: () => Promise<void> | undefined,
): Promise<void> {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const [{ name }, path] of texts) {
    await breathe();
    const whole = path.join('/');
    const other = files.get(whole);
    if (other !== undefined) throw zipNamesCollide(name, other);
    files.set(whole, name);
    for (
      let parent = whole.slice(0, whole.lastIndexOf('/'));
      parent.includes('/') && !folders.has(parent);
      parent = parent.slice(0, parent.lastIndexOf('/'))
    ) {
      folders.set(parent, name);
      if (folders.size > maxFiles) throw tooManyFiles(maxFiles);
    }
  }
  for (const [folder, name] of folders) {
    const file = files.get(folder);
    if (file !== undefined) throw zipNamesCollide(shown(name), file);
  }
}
