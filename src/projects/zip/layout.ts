import { projectJsonMissing, zipTwoProjects } from '../../errors.ts';
import { shownRaw, type RawName } from './names.ts';

// Finds the folder of the project in a zip, and the files that systems add by themselves.

const MAX_FOLDERS_AROUND = 5;
const SYSTEM_FILE = /^(\.ds_store|thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*)$/i;

/** What systems add to a zip by themselves: resource forks of macOS, caches of folder windows. */
export function isSystemFile({ parts, isDirectory }: RawName): boolean {
  return parts[0] === '__MACOSX' || (!isDirectory && SYSTEM_FILE.test(parts.at(-1) ?? ''));
}

/**
 * The folder that project.json lies in: usually the top. Whoever zips a folder in place of what is in it puts
 * everything one folder down. Throws an AppError if there is no project, or no saying which one is meant.
 */
export function findProjectFolder(names: readonly RawName[]): readonly string[] {
  const folders = new Map<string, readonly string[]>();
  for (const { parts, isDirectory } of names) {
    if (isDirectory || parts.at(-1) !== 'project.json' || parts.length > MAX_FOLDERS_AROUND + 1) continue;
    folders.set(parts.slice(0, -1).join('/'), parts.slice(0, -1));
  }
  const withData = dataFolders(names);
  const found = [...folders.values()].filter(
    (folder) => !liesInOneOf(folder, folders) && (!folder.includes('dataset') || withData.has(folder.join('/'))),
  );
  if (found.length > 1)
    throw zipTwoProjects(
      found.length,
      found
        .slice(0, 3)
        .map((path) => `"${shownRaw(path.join('/'))}"`)
        .join(', '),
    );
  const [folder] = found;
  if (folder === undefined || (folder.length > 0 && withData.size > 0 && !withData.has(folder.join('/'))))
    throw projectJsonMissing();
  return folder;
}

/** The folders that a `dataset/` with files lies in: `project/project.json` beside `dataset/Cat/1.jpg` is no project. */
function dataFolders(names: readonly RawName[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { parts, isDirectory } of names) {
    for (let depth = 0; depth <= MAX_FOLDERS_AROUND && depth < parts.length - 1 && !isDirectory; depth += 1) {
      if (parts[depth] === 'dataset') found.add(parts.slice(0, depth).join('/'));
    }
  }
  return found;
}

function liesInOneOf(folder: readonly string[], folders: ReadonlyMap<string, unknown>): boolean {
  return folder.some((_, depth) => folders.has(folder.slice(0, depth).join('/')));
}

/** Whether a path lies below a folder (not: is it). */
export function isWithin(path: readonly string[], folder: readonly string[]): boolean {
  return path.length > folder.length && folder.every((part, index) => part === path[index]);
}
