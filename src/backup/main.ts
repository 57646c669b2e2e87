import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { keepThreadsAwake } from '../files/keep-threads-awake.ts';
import { lockFolder } from '../projects/lock.ts';
import { refusalOf } from './refusals.ts';
import { restoreBackup } from './restore-backup.ts';
import { takeBackup } from './take-backup.ts';

// `npm run backup -- FILE` and `npm run restore -- FILE`.

type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves with the exit code. */
export async function main(task: 'backup' | 'restore', argv: readonly string[], environment: Environment) {
  keepThreadsAwake();
  try {
    const { file, force } = readArguments(task, argv);
    const { projectsDir } = loadConfig(environment);
    const done = task === 'backup' ? backup(projectsDir, file, force) : restore(projectsDir, file, force);
    const sentence = await done.catch((error: unknown) => {
      const refusal = refusalOf(error, { task, file, projectsDir });
      throw refusal === undefined ? error : new ConfigError(refusal);
    });
    process.stdout.write(`${sentence}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function readArguments(task: string, argv: readonly string[]): { file: string; force: boolean } {
  const files = argv.filter((argument) => argument !== '--force');
  const [file] = files;
  if (file === undefined || files.length > 1 || file.startsWith('-'))
    throw new ConfigError(`Name one file: npm run ${task} -- FILE.tar [--force]`);
  return { file: resolve(file), force: argv.includes('--force') };
}

async function backup(projectsDir: string, file: string, force: boolean): Promise<string> {
  if (!existsSync(projectsDir))
    throw new ConfigError(`There is no projects folder ${projectsDir}: set MAI_PROJECTS_DIR.`);
  const inside = relative(projectsDir, dirname(file));
  if (inside === '' || (!inside.startsWith('..') && !isAbsolute(inside)))
    throw new ConfigError(`${file} lies in the projects folder: a backup belongs elsewhere, best on another disk.`);
  refuseFolder(file);
  if (existsSync(file) && !force)
    throw new ConfigError(`${file} is there already: choose another name, or add --force.`);
  const missing: string[] = [];
  const { projects, files, bytes } = await takeBackup(projectsDir, file, (path) => missing.push(path));
  const without = missing.map(
    (path) =>
      `\n${path} is not in it: it changed all the time (then its training begins anew), or has a name that no archive can have.`,
  );
  return `${file} has ${projects} ${projects === 1 ? 'project' : 'projects'}: ${files} files, ${inMegabytes(bytes)}.${without.join('')}`;
}

async function restore(projectsDir: string, file: string, force: boolean): Promise<string> {
  if (!existsSync(file)) throw new ConfigError(`There is no file ${file}.`);
  refuseFolder(file);
  const lock = await lockFolder(projectsDir);
  try {
    const { files, bytes, aside } = await restoreBackup(projectsDir, file, { force });
    const before =
      aside === undefined ? '' : `\nWhat was there lies in ${aside} now: delete it when you do not need it.`;
    return `${projectsDir} has the backup of ${file}: ${files} files, ${inMegabytes(bytes)}.${before}`;
  } finally {
    lock.release();
  }
}

function refuseFolder(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new ConfigError(`${file} is a folder: name a file in it.`);
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
