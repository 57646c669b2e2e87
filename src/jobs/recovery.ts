import { endRecorded } from '../child/process-record.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { NewEvent } from '../events/log/stored-event.ts';
import { clientKey } from '../client.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { checkOwnFile, DamagedFile, damageOf, setAside } from '../files/own-json.ts';
import { isFolder, removeTree } from '../files/tree.ts';
import type { Finalize } from './run/finalize.ts';
import { isOpen, type Job } from './domain/job.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobFiles } from './run/job-files.ts';
import type { JobIds } from './domain/job-id.ts';
import { lastRoundOf } from './domain/next-turn.ts';
import { cancelledEnding, failedEnding } from './domain/outcome.ts';
import { reasonOf } from './domain/reasons.ts';
import type { Scheduler } from './scheduler.ts';
import { supersededBy } from './domain/succession.ts';
import { interrupt, announced } from './domain/transition.ts';

export interface RecoveryOptions {
  readonly store: ProjectStore;
  readonly files: JobFiles;
  readonly registry: JobRegistry;
  readonly bus: EventBus;
  readonly ids: JobIds;
  readonly scheduler: Scheduler;
  readonly finalize: Finalize;
  readonly maxAttempts: number;
  reportDamage(ref: ProjectRef, error: unknown, aside?: string): void;
}

/**
 * Take up every job of a project where a crash or a stop left it. Damaged jobs are set aside. Where the disk cannot be
 * read, the project's jobs are left as they are until the next start: one project must not keep the others waiting.
 */
export async function recoverProject(options: RecoveryOptions, ref: ProjectRef): Promise<void> {
  const { registry, scheduler } = options;
  try {
    await takeUpAll(options, await enterAll(options, ref));
  } catch (error) {
    for (const job of registry.ofProject(ref)) {
      await scheduler.unqueue(job.id);
      registry.remove(job.id);
    }
    options.reportDamage(ref, error);
  }
}

async function enterAll(options: RecoveryOptions, ref: ProjectRef): Promise<Job[]> {
  const { store, files, registry, ids } = options;
  const paths = store.paths(ref);
  const jobs: Job[] = [];
  for (const jobId of await files.ids(ref).catch((error: unknown) => putAside(options, ref, paths.jobs, error, []))) {
    const { root, events } = paths.jobPaths(jobId);
    ids.advance(jobId);
    try {
      const job = await files.read(ref, jobId);
      await checkOwnFile(events);
      // A crash came before job.json was written, so nobody was answered: the submission does not count.
      if (job === undefined) await removeTree(root);
      else registry.enter(job);
      if (job !== undefined) jobs.push(job);
    } catch (error) {
      await putAside(options, ref, root, damageOf(events, error) ?? error, undefined);
    }
  }
  return jobs;
}

/** A damaged job is set aside, so that the rest can go on; one that cannot be read at the moment stays where it is. */
async function putAside<Value>(
  options: RecoveryOptions,
  ref: ProjectRef,
  path: string,
  error: unknown,
  instead: Value,
): Promise<Value> {
  if (!(error instanceof DamagedFile)) throw error;
  options.reportDamage(ref, error, await setAside(path));
  return instead;
}

/** Take up one job, which another process had; `begin` is given it if it is to run. */
export async function recoverJob(
  options: Omit<RecoveryOptions, 'scheduler'>,
  job: Job,
  begin: (job: Job) => void,
): Promise<void> {
  if (job.pendingEvent) await logEnding(options, job);
  if (!isOpen(job)) return;
  const newest = options.registry.openOf(job.ref).find(({ kind }) => kind === job.kind);
  await takeUp({ ...options, scheduler: { enqueue: begin } }, job, newest);
}

async function takeUpAll(options: RecoveryOptions, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    const round = lastRoundOf(job);
    if (round !== undefined) options.scheduler.queue.noteStarted(clientKey(job.client), { ...job.place, round });
    options.scheduler.noteDuration(job);
  }
  const newest = new Map(jobs.filter(isOpen).map((job) => [job.kind, job]));
  for (const job of jobs) {
    if (job.pendingEvent) await logEnding(options, job);
    if (isOpen(job)) await takeUp(options, job, newest.get(job.kind));
  }
}

/** The state was decided, but perhaps its event never reached the log. */
async function logEnding({ registry, bus }: Pick<RecoveryOptions, 'registry' | 'bus'>, job: Job): Promise<void> {
  let last: NewEvent | undefined;
  for await (const event of bus.read(job.id)) last = event;
  const log = registry.log(job.id);
  // by its code too: a cancel is announced by a notice, as much else is
  if (job.pendingEvent && (last?.event !== job.pendingEvent.event || last.code !== job.pendingEvent.code))
    log.append(job.pendingEvent);
  log.finish();
  await registry.save(announced(job));
}

type TakeUpOptions = Omit<RecoveryOptions, 'scheduler'> & { readonly scheduler: Pick<Scheduler, 'enqueue'> };

async function takeUp(options: TakeUpOptions, job: Job, newest: Job | undefined): Promise<void> {
  const { store, registry, scheduler, finalize } = options;
  if (job.process) await endRecorded(job.process);
  // A crash between the two steps of taking a place leaves both trainings; a conversion beside them is what the newer one waits for.
  if (newest !== job) return void (await finalize(job, cancelledEnding(supersededBy((newest ?? job).client, job))));
  if (job.attempt >= options.maxAttempts)
    return void (await finalize(job, failedEnding(reasonOf('too_many_attempts', { attempts: job.attempt }))));
  if (!(await isFolder(store.paths(job.ref).jobPaths(job.inputOf).input)))
    return void (await finalize(job, failedEnding(reasonOf('job_unreadable'))));
  const waiting = job.state === 'active' ? interrupt(job) : job;
  if (waiting !== job) await registry.save(waiting);
  if (job.kind === 'train' && !(await isLogBegun(options, job.id))) registry.log(job.id).append({ event: 'initial' });
  scheduler.enqueue(waiting);
}

async function isLogBegun({ bus }: Pick<RecoveryOptions, 'bus'>, jobId: string): Promise<boolean> {
  for await (const event of bus.read(jobId)) return event.event === 'initial';
  return false;
}
