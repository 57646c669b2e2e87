import { clientKey, type Client } from '../../client.ts';
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

interface Uploads {
  readonly client: Client;
  /** The newest last; each project once. */
  readonly refs: readonly ProjectRef[];
}

export function createLatestUploads(): LatestUploads {
  const byClient = new Map<string, Uploads>();
  const refsOf = (client: Client) => byClient.get(clientKey(client))?.refs ?? [];
  const without = (refs: readonly ProjectRef[], ref: ProjectRef) =>
    refs.filter((known) => refKey(known) !== refKey(ref));
  const includes = (refs: readonly ProjectRef[], ref: ProjectRef) => without(refs, ref).length < refs.length;
  return {
    note(client, ref) {
      byClient.set(clientKey(client), { client, refs: [...without(refsOf(client), ref), ref] });
    },
    of: (client) => refsOf(client).at(-1),
    uploadersOf: (ref) =>
      [...byClient.values()].filter(({ refs }) => includes(refs, ref)).map(({ client }) => client.address),
    forget(ref) {
      for (const [key, { client, refs }] of byClient) {
        const rest = without(refs, ref);
        if (rest.length > 0) byClient.set(key, { client, refs: rest });
        else byClient.delete(key);
      }
    },
  };
}
