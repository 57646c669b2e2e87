import type { Client } from '../http/client.ts';
import type { Batch } from './batch.ts';
import type { Scope } from './event-bus.ts';
import type { LogOwner } from './stored-event.ts';
import type { Subscriber } from './subscriber.ts';

/** Who listens to what: subscribers by the names of what they follow. Workspaces never share a name. */
export interface Audience {
  join(subscriber: Subscriber, scope: Scope): () => void;
  tellJob(owner: LogOwner, batch: Batch): void;
  /** `unlessTold`: leave out who follows this job and so was told by it. */
  tellClient(client: Client, batch: Batch, unlessTold?: LogOwner): void;
  tellAll(chunk: string): void;
  /** End the own streams of a job. */
  endJob(owner: LogOwner): void;
  endAll(): void;
  readonly size: number;
}

export function createAudience(): Audience {
  const channels = new Map<string, Set<Subscriber>>();
  const all = new Set<Subscriber>();

  const tell = (channel: string, batch: Batch, except?: (subscriber: Subscriber) => boolean) => {
    for (const subscriber of channels.get(channel) ?? []) if (!except?.(subscriber)) subscriber.push(batch.encode(subscriber.form));
  };

  return {
    join(subscriber, scope) {
      const names = channelsOf(scope);
      all.add(subscriber);
      for (const name of names) {
        const members = channels.get(name) ?? new Set();
        channels.set(name, members.add(subscriber));
      }
      return () => {
        all.delete(subscriber);
        for (const name of names) {
          const members = channels.get(name);
          members?.delete(subscriber);
          if (members?.size === 0) channels.delete(name);
        }
      };
    },
    tellJob(owner, batch) {
      for (const channel of channelsOfJob(owner)) tell(channel, batch);
    },
    tellClient(client, batch, unlessTold) {
      const followed = unlessTold ? channelsOfJob(unlessTold) : [];
      tell(refusalChannel(client), batch, (subscriber) => followed.some((channel) => channels.get(channel)?.has(subscriber)));
    },
    tellAll(chunk) {
      for (const subscriber of all) subscriber.push(chunk);
    },
    endJob(owner) {
      for (const subscriber of channels.get(jobChannel(owner.workspace, owner.jobId)) ?? []) subscriber.end();
    },
    endAll() {
      for (const subscriber of all) subscriber.end();
    },
    get size() {
      return all.size;
    },
  };
}

/** A stream of one project still hears what is refused to the client that opened it. */
function channelsOf(scope: Scope): string[] {
  if (scope.kind === 'job') return [jobChannel(scope.workspace, scope.jobId)];
  const { client } = scope;
  const followed = scope.kind === 'project' ? projectChannel(client.workspace, scope.projectId) : addressChannel(client.workspace, client.address);
  return [followed, refusalChannel(client)];
}

function channelsOfJob({ workspace, jobId, projectId, address }: LogOwner): string[] {
  return [jobChannel(workspace, jobId), projectChannel(workspace, projectId), addressChannel(workspace, address)];
}

const jobChannel = (workspace: string, jobId: string) => `job ${workspace}/${jobId}`;
const projectChannel = (workspace: string, projectId: string) => `project ${workspace}/${projectId}`;
const addressChannel = (workspace: string, address: string) => `address ${workspace}/${address}`;
const refusalChannel = (client: Client) => `refusal ${client.workspace}/${client.address}`;

export function isInScope(scope: Scope, owner: LogOwner): boolean {
  if (scope.kind === 'job') return owner.workspace === scope.workspace && owner.jobId === scope.jobId;
  if (owner.workspace !== scope.client.workspace) return false;
  return scope.kind === 'project' ? owner.projectId === scope.projectId : owner.address === scope.client.address;
}
