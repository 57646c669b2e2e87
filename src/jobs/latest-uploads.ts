import type { Client } from '../http/client.ts';
import type { ProjectRef } from '../projects/project.ts';

/** The newest upload of each client: /ping answers for it without looking at the disk. */
export interface LatestUploads {
  note(client: Client, ref: ProjectRef): void;
  of(client: Client): ProjectRef | undefined;
  forget(ref: ProjectRef): void;
}

export function createLatestUploads(): LatestUploads {
  const latest = new Map<string, ProjectRef>();
  const keyOf = (client: Client) => `${client.workspace}/${client.address}`;
  return {
    note: (client, ref) => void latest.set(keyOf(client), ref),
    of: (client) => latest.get(keyOf(client)),
    forget(ref) {
      for (const [key, known] of latest) if (known.workspace === ref.workspace && known.id === ref.id) latest.delete(key);
    },
  };
}
