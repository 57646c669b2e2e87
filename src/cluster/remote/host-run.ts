import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Child, ChildExit, ChildHandlers } from '../../child/child.ts';
import { giveJob, type StartedChild } from '../../child/warm-pool.ts';
import { removeTree } from '../../files/tree.ts';
import { reasonOf } from '../../jobs/domain/reasons.ts';
import { isFullDisk } from '../../system-errors.ts';
import { REMOTE_TIMES } from '../times.ts';
import type { BlobCache } from './blob-cache.ts';
import { Refused, type RunLink, type WebServer } from './client.ts';
import { putTogether } from './job-arguments.ts';
import { mirrorInputs } from './mirror.ts';
import { createOutputQueue } from './output-queue.ts';
import { insist, keepCheckpoints, passOn, type Passing } from './pass-on.ts';
import type { Folder, Work } from './protocol.ts';
import { createSendBack } from './send-back.ts';

// One job on a host: its inputs are brought, a child works on them, and what it says and makes goes back.

export interface HostRun {
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
  line(text: string): void;
  /** The web server is lost, or has given the job to another: end all of it. */
  abandon(): void;
  /** Nothing of it is left here. Never rejects. */
  readonly over: Promise<void>;
}

export interface HostRunOptions {
  readonly cache: BlobCache;
  /** Folders of runs, on the same disk as the cache. */
  readonly runsDir: string;
  /** For networks that this program ships, of all runs. */
  readonly sharedCache: string;
  readonly own: { readonly device: string; readonly threads: number; readonly weightsDir: string | undefined };
  /** Starts a child, or hands out one that waits. */
  take(handlers: ChildHandlers): StartedChild;
  report(error: unknown, what: string): void;
}

interface State extends Passing {
  child: Child | undefined;
  isEnding: boolean;
  /** Aborted when what is being sent or fetched is not wanted any more. */
  readonly sending: AbortController;
}

/** The status of a web server whose disk is full. */
const FULL = 507;
/** Another child may try it again. */
const GONE = { code: null, signal: 'SIGKILL', orphaned: true } as const;

export function startHostRun(options: HostRunOptions, server: WebServer, token: string, work: Work): HostRun {
  const abandoned = new AbortController();
  const state: State = { child: undefined, isEnding: false, abandoned, sending: new AbortController(), passed: 0 };
  const abandon = () => {
    state.isEnding = true;
    abandoned.abort();
    state.sending.abort();
    kill(state.child);
  };
  const over = goThrough(options, server, token, work, state).catch((error: unknown) => {
    if (!abandoned.signal.aborted) options.report(error, 'a run ended early');
    abandon();
  });
  return {
    signal(name) {
      state.isEnding = true;
      // a checkpoint on its way must not delay the end
      state.sending.abort();
      if (state.child?.running) state.child.signal(name);
    },
    line: (text) => void state.child?.writeLine(text),
    abandon,
    over: over.then(async () => {
      await state.child?.ended;
    }),
  };
}

async function goThrough(
  options: HostRunOptions,
  server: WebServer,
  token: string,
  work: Work,
  state: State,
): Promise<void> {
  const link = server.run(token, state.abandoned.signal);
  const sending = server.run(token, state.sending.signal);
  let root: string | undefined;
  try {
    // whoever deletes the cache of a worker that runs deletes these, too
    for (const folder of [options.runsDir, options.sharedCache]) await mkdir(folder, { recursive: true });
    root = await mkdtemp(join(options.runsDir, 'run-'));
    const exit = await prepareAndWork(options, link, sending, root, work, state);
    await insist(state.abandoned.signal, () => link.end(exit));
  } catch (error) {
    kill(state.child);
    await state.child?.ended;
    await insist(state.abandoned.signal, () => sayWhy(link, error, state)).catch(() => undefined);
    throw error;
  } finally {
    kill(state.child);
    await state.child?.ended;
    if (root !== undefined) await removeTree(root);
  }
}

/** A full disk, here or there, ends the job with its reason; after anything else another child may try it. */
async function sayWhy(link: RunLink, error: unknown, { passed }: State): Promise<void> {
  if (!isFullDisk(error) && !(error instanceof Refused && error.status === FULL)) return link.end(GONE);
  const event = { event: 'error', time: Date.now() / 1000, ...reasonOf('disk_full') };
  await link.output(passed, [{ text: JSON.stringify(event) }]);
  await link.end({ code: 1, signal: null });
}

async function prepareAndWork(
  options: HostRunOptions,
  link: RunLink,
  sending: RunLink,
  root: string,
  work: Work,
  state: State,
): Promise<ChildExit> {
  const sent = state.sending.signal;
  const pathOf = (folder: Folder) => (folder === 'shared-cache' ? options.sharedCache : join(root, folder));
  try {
    const manifest = await insist(sent, () => sending.manifest());
    await mirrorInputs(manifest, pathOf, options.cache, {
      fetch: (...of) => insist(sent, () => sending.fetch(...of)),
    });
  } catch (error) {
    if (state.isEnding && !state.abandoned.signal.aborted) return { code: null, signal: 'SIGTERM' };
    await pause(REMOTE_TIMES.offerAgainMs, undefined, { signal: state.abandoned.signal });
    throw error;
  }
  const queue = createOutputQueue();
  const { child, warm } = options.take({ onLines: queue.lines, onStderr: queue.stderr });
  state.child = child;
  if (state.isEnding) child.signal('SIGKILL');
  void child.ended.then(queue.close);
  giveJob(child, putTogether(work, pathOf, options.own));
  const back = createSendBack(pathOf, join(root, 'copies'), {
    list: (...of) => insist(sent, () => sending.list(...of)),
    send: (...of) => insist(sent, () => sending.send(...of)),
  });
  const checkpoints = keepCheckpoints(back, state, child);
  await passOn(queue, link, back, state, checkpoints.look);
  await checkpoints.over;
  // it had died while it waited for a job
  return warm && state.passed === 0 && !state.isEnding ? GONE : child.ended;
}

/** One that has ended has no number any more: it may be another's. */
function kill(child: Child | undefined): void {
  if (child?.running) child.signal('SIGKILL');
}
