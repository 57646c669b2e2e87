import type { JobLine } from '../../child/command.ts';
import { type Flag, type Folder, FOLDERS, Work, readerOf } from './protocol.ts';

// The arguments of a child, with the folders of this computer taken out of them or put into them.

export interface LocalWork {
  readonly work: Work;
  /** Where the folders lie here. */
  readonly folders: Readonly<Partial<Record<Folder, string>>>;
}

const BARE: ReadonlySet<string> = new Set(['answered', 'resume', 'share-cores']);
const readWork = readerOf(Work, 'the work of a child');

/** Throws where an argument is not known: it may be a path. */
export function takeApart({ entry, args }: JobLine): LocalWork {
  const flags: Flag[] = [];
  const folders: Partial<Record<Folder, string>> = {};
  for (let at = 0; at < args.length; at += 1) {
    const name = args[at]?.replace(/^--/, '') ?? '';
    if (BARE.has(name)) {
      flags.push({ name: name as Flag['name'] });
      continue;
    }
    at += 1;
    const value = args[at] ?? '';
    const folder = FOLDERS.find((known) => known === name);
    if (folder !== undefined) folders[folder] = value;
    // each computer has its own
    else if (name !== 'weights-dir') flags.push({ name: name as Flag['name'], value });
  }
  const names = FOLDERS.filter((folder) => folders[folder] !== undefined);
  return { work: readWork({ entry, flags, folders: names }), folders };
}

/** The line for a child of this computer. `own`: what it is given in place of what the order says. */
export function putTogether(
  { entry, flags, folders }: Work,
  pathOf: (folder: Folder) => string,
  own: { readonly device: string; readonly threads: number; readonly weightsDir: string | undefined },
): JobLine {
  const args = folders.flatMap((folder) => [`--${folder}`, pathOf(folder)]);
  for (const { name, value } of flags) {
    if (name === 'device') args.push('--device', own.device);
    else if (name === 'threads') args.push('--threads', String(Math.min(own.threads, Number(value) || 1)));
    else args.push(`--${name}`, ...(value === undefined ? [] : [value]));
  }
  if (own.weightsDir !== undefined && entry !== 'convert') args.push('--weights-dir', own.weightsDir);
  return { entry, args };
}
