import { closeSync, constants, existsSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../errors.ts';
import { isFolder } from '../files/tree.ts';
import { isNoPath, isOtherKind } from '../system-errors.ts';
import { BACKUP_TIMES, type BackupTimes } from '../time-limits.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { ChangedMeanwhile } from './changed.ts';
import { whyNoName } from './entry-names.ts';
import {
  checkIdentity,
  isOnItsWay,
  isSameListing,
  jobsIn,
  type Listed,
  listCheckpoints,
  listProject,
} from './listing.ts';

// Takes one project into an archive in a state that it had at one moment, while the server works on it.
//
// Files are replaced and never changed in place. So a project that is listed alike before and after it was read was
// that project the whole time, and what does change meanwhile is taken in the order of a crash: first the log, then the
// checkpoints, which a training writes before it says so.

/** Reports what is not in the archive. */
export type ReportMissing = (path: string) => void;

/** How often a project is read that changes meanwhile. */
const ATTEMPTS = 40;

export interface TakeOptions {
  readonly writer: ArchiveWriter;
  readonly report: ReportMissing;
  readonly times?: BackupTimes;
  readonly attempts?: number;
}

/** `name`: its folder in the archive. False: it was deleted. Throws ConfigError where it never stands still. */
export async function takeProject(options: TakeOptions, root: string, name: string): Promise<boolean> {
  const { writer, times = BACKUP_TIMES, attempts = ATTEMPTS } = options;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (!(await isFolder(root))) return false;
    const mark = writer.mark();
    try {
      // what a dead server left on its way in is taken as it is: the next start finishes it
      const mayWait = attempt < attempts;
      if (takeOnce(options, root, name, mayWait)) return true;
    } catch (error) {
      if (!hasChanged(error)) throw error;
    }
    writer.goBack(mark);
    await pause(Math.min(times.firstPauseMs * attempt, times.longestPauseMs));
  }
  throw new ConfigError(
    `The project in ${root} was changed each of the ${attempts} times that it was read: try again when less is uploaded and trained.`,
  );
}

function takeOnce(options: TakeOptions, root: string, name: string, mayWait: boolean): boolean {
  const before = listProject(root);
  const canBeNamed = ({ path, isFolder }: Listed) => whyNoName(`${name}/${path}`, isFolder) === undefined;
  if (isOnItsWay(before) && mayWait) return false;
  const { writer } = options;
  writer.folder(name, Date.now());
  takeListed(writer, root, name, before.filter(canBeNamed));
  for (const job of jobsIn(before)) {
    for (const file of ['events.jsonl', 'stderr.log'])
      takeGrowing(writer, join(root, job, file), `${name}/${job}/${file}`);
    takeCheckpoints(options, join(root, job, 'checkpoints'), `${name}/${job}/checkpoints`);
  }
  if (!isSameListing(before, listProject(root))) return false;
  for (const listed of before) if (!canBeNamed(listed)) options.report(`${name}/${listed.path}`);
  return true;
}

function takeListed(writer: ArchiveWriter, root: string, name: string, all: readonly Listed[]): void {
  const byIdentity = new Map<string, string>();
  for (const listed of all) {
    const path = `${name}/${listed.path}`;
    if (listed.isFolder) {
      writer.folder(path, listed.mtimeMs);
      continue;
    }
    const same = listed.isLinked ? byIdentity.get(listed.identity) : undefined;
    if (same !== undefined) {
      writer.link(path, same, listed.mtimeMs);
      continue;
    }
    byIdentity.set(listed.identity, path);
    withFile(join(root, listed.path), (file) => {
      const stats = fstatSync(file, { bigint: true });
      checkIdentity(listed, stats);
      writer.file(path, file, Number(stats.size), listed.mtimeMs);
      checkIdentity(listed, fstatSync(file, { bigint: true }));
    });
  }
}

/** As much of a log as there is at the moment. A line that is cut off is left out at the next start. */
function takeGrowing(writer: ArchiveWriter, from: string, path: string): void {
  try {
    withFile(from, (file) => {
      const { size, mtimeMs } = fstatSync(file);
      writer.file(path, file, size, Math.floor(mtimeMs));
    });
  } catch (error) {
    if (!isNoPath(error)) throw error;
  }
}

/** Without them a training begins anew, so they are left out where they never stand still. */
function takeCheckpoints({ writer, report, attempts = ATTEMPTS }: TakeOptions, from: string, name: string): void {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const mark = writer.mark();
    try {
      writer.folder(name, Date.now());
      takeListed(writer, from, name, listCheckpoints(from));
      return;
    } catch (error) {
      if (!hasChanged(error)) throw error;
    }
    writer.goBack(mark);
    if (!existsSync(from)) return;
  }
  report(name);
}

function hasChanged(error: unknown): boolean {
  return error instanceof ChangedMeanwhile || isNoPath(error) || isOtherKind(error);
}

/** A link is not followed, and a pipe is not waited for. */
function withFile(path: string, task: (file: number) => void): void {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(file).isFile()) throw new ChangedMeanwhile(path);
    task(file);
  } finally {
    closeSync(file);
  }
}
