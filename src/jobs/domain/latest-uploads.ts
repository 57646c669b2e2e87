import type { Client } from '../../http/client.ts';
import { refKey, type ProjectRef } from '../../projects/project.ts';

/** The newest upload of each client: /ping answers for it without looking at the disk. */
export interface LatestUploads {
  note(client: Client, ref: ProjectRef): void;
  of(client: Client): ProjectRef | undefined;
  /** Addresses that uploaded a project. */
  uploadersOf(ref: ProjectRef): string[];
  /** A project is deleted: the one before it is the newest again, as it would be after a restart. */
  forget(ref: ProjectRef): void;
}

export function createLatestUploads(): LatestUploads {
  /** By client, the newest last; each project once. */
  const uploads = new Map<string, readonly ProjectRef[]>();
  const keyOf = (client: Client) => `${client.workspace}/${client.address}`;
  const without = (refs: readonly ProjectRef[], ref: ProjectRef) =>
    refs.filter((known) => refKey(known) !== refKey(ref));
  return {
    note(client, ref) {
      uploads.set(keyOf(client), [...without(uploads.get(keyOf(client)) ?? [], ref), ref]);
    },
    uploadersOf: (ref) =>
      [...uploads]
        .filter(([, refs]) => refs.some((known) => refKey(known) === refKey(ref)))
        .map(([key]) => key.slice(key.indexOf('/') + 1)),
    of: (client) => uploads.get(keyOf(client))?.at(-1),
    forget(ref) {
      for (const [key, refs] of uploads) {
        const rest = without(refs, ref);
        if (rest.length > 0) uploads.set(key, rest);
        else uploads.delete(key);
      }
    },
  };
}
