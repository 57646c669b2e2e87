import { dirname } from 'node:path';
import { errorCode, isFullDisk, isNoPath, isOtherKind, isUnwritable } from '../system-errors.ts';

// What a person reads where the system refuses what a backup or a restore needs.

/** undefined: it is no error of the system. */
export function refusalOf(
  error: unknown,
  {
    task,
    file,
    projectsDir,
  }: { readonly task: 'backup' | 'restore'; readonly file: string; readonly projectsDir: string },
): string | undefined {
  const code = errorCode(error);
  if (code === undefined) return undefined;
  const isBackup = task === 'backup';
  const untouched = isBackup
    ? 'No backup was made.'
    : 'Nothing was changed, or the next restore or start finishes what was committed.';
  if (isFullDisk(error))
    return `The disk of ${isBackup ? dirname(file) : projectsDir} is full. ${untouched} Make room, or choose another disk.`;
  const { path = isBackup ? file : projectsDir } = error as { readonly path?: string };
  if (isUnwritable(error))
    return `This user may not use ${path} (${code}). ${untouched} Run it as the user of the server, or as root.`;
  if (isNoPath(error) && isBackup && path.startsWith(file))
    return `There is no folder ${dirname(file)}: make it first.`;
  if (isOtherKind(error)) return `${path} is something else than a file (${code}). ${untouched}`;
  return `${(error as Error).message}. ${untouched}`;
}
