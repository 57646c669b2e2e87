import { clientKey, type Client } from '../../client.ts';
import type { Batch } from './batch.ts';
import type { Scope } from './scope.ts';
import type { LogOwner, ProjectOwner } from '../log/stored-event.ts';
import type { Subscriber } from './subscriber.ts';

/** Which streams are open, and which of them follow what. Streams of different classrooms never follow the same thing. */
export interface Audience {
  join(subscriber: Subscriber, scope: Scope): () => void;
  notifyJob(owner: LogOwner, batch: Batch): void;
  /** The streams that were opened while this conversion went on. */
  notifyFollowers(jobId: string, batch: Batch): void;
  notifyClient(client: Client, batch: Batch): void;
  /** Streams of a project, and those that follow what its uploader's address uploads. */
  notifyProject(project: ProjectOwner, batch: Batch): void;
  sendAll(chunk: string): void;
  /** End the own streams of a job. */
  endJob(owner: LogOwner): void;
  endAll(): void;
  /** The addresses of this classroom's streams that follow more than one job, as the IDE's do; one for each stream. */
  listeners(workspace: string): readonly string[];
  readonly size: number;
}

/** `onListeners` is called when a stream that counts as a listener comes or goes. */
export function createAudience(onListeners: (workspace: string) => void = () => undefined): Audience {
  const channels = new Map<string, Set<Subscriber>>();
  const all = new Set<Subscriber>();
  const clients = new Map<Subscriber, Client>();

  const notify = (subscribers: Iterable<Subscriber>, batch: Batch) => {
    for (const subscriber of subscribers) subscriber.push(batch.encode(subscriber.form));
  };

  return {
    join(subscriber, scope) {
      const names = channelsOf(scope);
      all.add(subscriber);
      const client = scope.kind === 'job' ? undefined : scope.client;
      if (client !== undefined) {
        clients.set(subscriber, client);
        onListeners(client.workspace);
      }
      for (const name of names) {
        const members = channels.get(name) ?? new Set();
        channels.set(name, members.add(subscriber));
      }
      return () => {
        all.delete(subscriber);
        if (client !== undefined) {
          clients.delete(subscriber);
          onListeners(client.workspace);
        }
        for (const name of names) {
          const members = channels.get(name);
          members?.delete(subscriber);
          if (members?.size === 0) channels.delete(name);
        }
      };
    },
    notifyJob(owner, batch) {
      // No stream is in two of them: it is of one job, of one project, or of one address.
      for (const channel of channelsOfJob(owner)) notify(channels.get(channel) ?? [], batch);
    },
    notifyFollowers(jobId, batch) {
      notify(
        [...all].filter(({ form }) => form.conversion === jobId),
        batch,
      );
    },
    notifyClient(client, batch) {
      notify(channels.get(refusalChannel(client)) ?? [], batch);
    },
    notifyProject(project, batch) {
      for (const channel of channelsOfProject(project)) notify(channels.get(channel) ?? [], batch);
    },
    sendAll(chunk) {
      for (const subscriber of all) subscriber.push(chunk);
    },
    endJob(owner) {
      for (const subscriber of channels.get(jobChannel(owner.workspace, owner.jobId)) ?? []) subscriber.end();
    },
    endAll() {
      for (const subscriber of all) subscriber.end();
    },
    listeners: (workspace) =>
      [...clients.values()].filter((client) => client.workspace === workspace).map(({ address }) => address),
    get size() {
      return all.size;
    },
  };
}

/** A stream of one project is also notified of what is refused to the client that opened it. */
function channelsOf(scope: Scope): string[] {
  if (scope.kind === 'job') return [jobChannel(scope.workspace, scope.jobId)];
  const { client } = scope;
  const followed =
    scope.kind === 'project' ? projectChannel(client.workspace, scope.projectId) : addressChannel(client);
  return [followed, refusalChannel(client)];
}

function channelsOfJob(owner: LogOwner): string[] {
  return [jobChannel(owner.workspace, owner.jobId), ...channelsOfProject(owner)];
}

function channelsOfProject({ workspace, projectId, addresses }: ProjectOwner): string[] {
  return [
    projectChannel(workspace, projectId),
    ...[...addresses].map((address) => addressChannel({ workspace, address })),
  ];
}

const jobChannel = (workspace: string, jobId: string) => `job ${workspace}/${jobId}`;
const projectChannel = (workspace: string, projectId: string) => `project ${workspace}/${projectId}`;
const addressChannel = (client: Client) => `address ${clientKey(client)}`;
const refusalChannel = (client: Client) => `refusal ${clientKey(client)}`;
