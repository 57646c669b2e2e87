import { replaceFile } from '../files/replace-file.ts';
import { isFolder } from '../files/tree.ts';
import { KEEP_TIMES } from '../time-limits.ts';
import { age, isPlausible, used } from './keep-rule.ts';
import type { ProjectAccess } from './project-access.ts';
import { refKey, type ProjectRef } from './project.ts';
import { readRecord } from './project-reader.ts';
import { readUse, useText } from './use.ts';

// Remembers when projects were used, and says which are to go.

export interface KeepOptions {
  /** undefined: projects are kept for ever. */
  readonly days: number | undefined;
  /** Seconds since the epoch. */
  now(): number;
}

/** What a look at a project found. `warned`: one more day on which it goes soon. */
export type Look = 'kept' | 'warned' | 'due';

export interface Keep {
  /** Somebody does something with a project. Written once in a while, as its days are counted. */
  used(ref: ProjectRef): Promise<void>;
  /** Once an hour or so, while no job of it waits or runs. */
  look(ref: ProjectRef): Promise<Look>;
  /** For a task that has the project for itself: whether it is due, in spite of what came meanwhile. */
  isDue(ref: ProjectRef): Promise<boolean>;
}

export function createKeep({ paths, exclusively }: ProjectAccess, { days, now }: KeepOptions): Keep {
  if (days === undefined) return FOR_EVER;
  const written = new Map<string, number>();

  const aged = async (ref: ProjectRef) => {
    const own = paths(ref);
    const record = await readRecord(own).catch(() => undefined);
    // what cannot be read is not deleted
    if (record === undefined) return undefined;
    const before = await readUse(own.use);
    return { own, before, ...age(before, record.time, now(), days) };
  };

  return {
    async used(ref) {
      const at = now();
      const before = written.get(refKey(ref));
      if (!isPlausible(at) || (before !== undefined && Math.abs(at - before) < KEEP_TIMES.noteAgainMs / 1000)) return;
      written.set(refKey(ref), at);
      await exclusively(ref, async (own) => {
        if (await isFolder(own.root)) await replaceFile(own.use, useText(used(at)));
      });
    },
    look: (ref) =>
      exclusively(ref, async () => {
        const found = await aged(ref);
        if (found === undefined) return 'kept';
        const { own, before, use, isDue } = found;
        const text = useText(use);
        if (text !== useText(before)) await replaceFile(own.use, text);
        if (isDue) return 'due';
        return use.seenDays > before.seenDays ? 'warned' : 'kept';
      }),
    isDue: async (ref) => (await aged(ref))?.isDue === true,
  };
}

const FOR_EVER: Keep = {
  used: async () => undefined,
  look: async () => 'kept',
  isDue: async () => false,
};
