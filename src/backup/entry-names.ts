import { KEY_FILE, SUMMARY_FILE } from './archive-digest.ts';
import { isProjectFolder } from '../projects/folder-name.ts';

// Which names an archive may hold. Anybody can make an archive, and its names become paths.

const MAX_PATH_BYTES = 3_500;
const MAX_DEPTH = 64;
const CLASSROOM = /^@[A-Za-z0-9_-]{1,64}$/;

/** Why a name of an archive cannot be used below the projects folder; undefined: it can. */
export function whyNoName(path: string, isFolder: boolean): string | undefined {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return 'it is too long';
  if (/[\\\u0000-\u001f]/.test(path) || /^[A-Za-z]:/.test(path)) return 'it is no name that a backup has';
  const parts = path.split('/');
  if (parts.length > MAX_DEPTH) return 'it has too many folders';
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'it leads out of the projects folder';
  if (path === SUMMARY_FILE || path === KEY_FILE) return isFolder ? 'it is no name that a backup has' : undefined;
  const [first = '', ...rest] = parts;
  const inProject = CLASSROOM.test(first) ? rest : parts;
  return isProjectFolder(inProject[0] ?? '') && (isFolder || inProject.length > 1)
    ? undefined
    : 'it is no name that a backup has';
}
