import { projectBusy } from '../errors.ts';
import { hasCompiler } from '../boards.ts';
import type { Client } from '../client.ts';
import type { ProjectRef, TrainConfig } from '../projects/project.ts';
import type { AgreementChecks } from './agreement-checks.ts';
import { createChecks } from './checks.ts';
import { type Background, createBackground } from './background.ts';
import { cancelJobs } from './cancel.ts';
import type { IsSetUp } from './domain/checks.ts';
import { isOpen, type Job, type JobReason } from './domain/job.ts';
import { cancelledEnding, failedEnding } from './domain/outcome.ts';
import { reasonOf } from './domain/reasons.ts';
import type { Ending } from './domain/transition.ts';
import { logIds } from './log-ids.ts';
import { createWaitingLimit } from './domain/waiting-limit.ts';
import { giveFirstAnswers } from './first-answers/give.ts';
import type { JobService } from './job-service.ts';
import { createJobViews } from './job-views.ts';
import { createJobParts, type JobParts, type JobServiceOptions } from './parts.ts';
import { createProjectTurns, type ProjectTurns } from './project-turns.ts';
import { restoreModel } from './restore.ts';
import { recoverProject } from './recovery.ts';
import { retentionOf, sweepJobs } from './retention.ts';
import { isComparedLater } from './run/agreement-child.ts';
import { createSubmissions, type Submissions } from './submissions.ts';
import { createWaiters, type Waiters } from './waiters.ts';

// Puts the parts of jobs together: what starts, ends, waits and is cleaned up.

export function createJobService(options: JobServiceOptions): JobService {
  const parts = createJobParts(options);
  const { registry, scheduler, latest, pool, finalize, tuning, backend } = parts;
  const background = createBackground(options.log);
  const turns = createProjectTurns(backend.exclusion());
  const waiters = createWaiters();
  const checks = createChecks(parts);
  const retention = retentionOf(parts);
  const sweep = (ref: ProjectRef) => {
    const swept = turns.run(ref, () => sweepJobs(retention, ref)).finally(() => options.store.noteChange(ref));
    background.run(swept, ref, 'old jobs could not be deleted');
  };
  const endWaiting = async (job: Job, ending: Ending) => {
    const ended = await finalize(job, ending);
    options.observer?.ended(ended);
    waiters.notify(ended);
    sweep(job.ref);
  };
  const firstAnswers =
    scheduler.answers &&
    giveFirstAnswers(
      { ...parts, idsOf: logIds, endWaiting: (job, reason) => endWaiting(job, failedEnding(reason)) },
      scheduler.answers,
    );
  const cancelWaiting = async (job: Job, why: JobReason) => {
    await firstAnswers?.drop(job.id);
    await endWaiting(job, cancelledEnding(why));
  };
  const withinLimit = createWaitingLimit(tuning.maxWaiting, scheduler.queue.waitingOf);
  const isSetUp: IsSetUp = (board) => hasCompiler(board, options.config.compilersDir);
  const submissions = createSubmissions({ ...parts, withinLimit, isSetUp, supersede: cancelWaiting });
  const cancel = (ref: ProjectRef) => cancelJobs({ ...parts, turns, endWaiting: cancelWaiting }, ref);
  followJobs(parts, { waiters, checks, sweep });
  if (firstAnswers) parts.happenings.on('queue', firstAnswers.wake);

  return {
    ...createJobViews({ ...parts, waiters }),
    machine: backend.machine(parts.machine),
    submitTrain: (...training) => submitTrain({ ...parts, submissions, turns, background }, ...training),
    submitConvert: (client, ref, board) => turns.runUnlessStopping(ref, () => submissions.convert(client, ref, board)),
    cancel: (ref) => turns.run(ref, () => cancel(ref)),
    restore: (ref, jobId) => turns.runUnlessStopping(ref, () => restoreModel({ ...parts, checks, sweep }, ref, jobId)),
    whileIdle: (ref, task) =>
      turns.runUnlessStopping(ref, async () => {
        if (registry.openOf(ref).length > 0) throw projectBusy(ref.id);
        // it reads photos of the project
        await checks.drop(ref);
        return task(registry.ofProject(ref).filter(({ kind }) => kind === 'train'));
      }),
    onChange: (listener) => listenToJobs(parts.happenings, listener),
    noteUpload: (client, ref) => noteUpload(parts, client, ref),
    forget: (ref, remove) =>
      turns.run(ref, async () => {
        await Promise.all([cancel(ref), checks.drop(ref)]);
        for (const job of registry.ofProject(ref)) registry.remove(job.id);
        latest.forget(ref);
        await remove();
      }),
    forgetIdle: (ref, remove) => turns.run(ref, () => forgetIdle({ ...parts, checks }, ref, remove)),
    recover: () => recoverAll(parts),
    start: () => scheduler.start(),
    async close() {
      turns.stop();
      waiters.close();
      await Promise.all([scheduler.close(), firstAnswers?.close(), pool.close(), checks.close()]);
      await background.finished();
      await backend.close();
    },
  };
}

function noteUpload({ latest, backend }: JobParts, client: Client, ref: ProjectRef): void {
  latest.note(client, ref);
  backend.noteUpload(client, ref);
}

/** False: a job of the project waits or runs, or it is needed after all. */
async function forgetIdle(
  { registry, latest, checks }: Pick<JobParts, 'registry' | 'latest'> & { readonly checks: AgreementChecks },
  ref: ProjectRef,
  remove: () => Promise<boolean>,
): Promise<boolean> {
  if (registry.openOf(ref).length > 0) return false;
  await checks.drop(ref);
  if (!(await remove())) return false;
  for (const job of registry.ofProject(ref)) registry.remove(job.id);
  latest.forget(ref);
  return true;
}

interface Followers {
  readonly waiters: Pick<Waiters, 'notify'>;
  readonly checks: AgreementChecks;
  sweep(ref: ProjectRef): void;
}

/** What the start, the end and a lost event of a job bring about. */
function followJobs(
  { happenings, registry, bus, backend, scheduler, report, note, observer }: JobParts,
  { waiters, checks, sweep }: Followers,
) {
  happenings.on('logFailed', (jobId, error) => {
    const job = registry.get(jobId);
    if (job) report(error, job);
    void scheduler.stop(jobId, { failed: reasonOf('disk_full') });
  });
  happenings.on('elsewhere', (ref, job) => {
    if (job?.state === 'active') checks.giveWay(ref);
    if (job !== undefined && !isOpen(job) && job.pendingEvent === undefined) waiters.notify(job);
  });
  happenings.on('started', (job) => {
    observer?.started(job, Date.now() / 1000);
    note(job, 'job started', { attempt: job.attempt + 1 });
    checks.giveWay(job.ref);
  });
  happenings.on('ended', (job) => {
    observer?.ended(job);
    note(job, 'job ended', { state: job.state, code: job.reason?.code });
    waiters.notify(job);
    const isConverted = job.kind === 'convert' && job.state === 'completed';
    if (isConverted && job.early) bus.notifyFollowers(job.id, { event: 'notice', ...reasonOf('converted_so_far') });
    // Where a training of the project comes next, a reload would lead to that.
    if (isConverted && registry.openOf(job.ref).length === 0) {
      bus.notifyFollowers(job.id, { event: 'notice', ...reasonOf('model_ready_reload') });
    }
    if (isConverted && isComparedLater(job) && backend.comparesLater) checks.add(job);
    else checks.resume();
    sweep(job.ref);
  });
}

function listenToJobs(happenings: JobParts['happenings'], listener: (ref: ProjectRef | undefined) => void): () => void {
  const onJob = ({ ref }: Job) => listener(ref);
  const onQueue = () => listener(undefined);
  const ofJobs = ['started', 'ended', 'compared', 'restored'] as const;
  for (const name of ofJobs) happenings.on(name, onJob);
  happenings.on('elsewhere', listener);
  happenings.on('queue', onQueue);
  return () => {
    happenings.off('elsewhere', listener);
    for (const name of ofJobs) happenings.off(name, onJob);
    happenings.off('queue', onQueue);
  };
}

interface Submitting extends Pick<JobParts, 'latest' | 'report'> {
  readonly submissions: Submissions;
  readonly turns: ProjectTurns;
  readonly background: Background;
}

/** Answers once the training is on disk: ending the one that it replaces may take a second. */
function submitTrain(
  { submissions, turns, background, latest, report }: Submitting,
  client: Client,
  ref: ProjectRef,
  trainConfig: TrainConfig,
): Promise<Job> {
  return new Promise((resolve, reject) => {
    const work = turns.runUnlessStopping(ref, async () => {
      const { job, queueUp } = await submissions.train(client, ref, trainConfig);
      // Usually the upload comes first; whoever trains without one asks /ping for this project too.
      latest.note(client, ref);
      resolve(job);
      await queueUp().catch((error: unknown) => report(error, job));
    });
    background.run(work.catch(reject), ref, 'a training could not be queued');
  });
}

/** One project after the other: take up its jobs where a crash or a stop left them. */
async function recoverAll(parts: JobParts): Promise<void> {
  const { store, backend, latest, tuning } = parts;
  await backend.begin();
  for (const workspace of store.workspaces) {
    const projects = await store.list(workspace);
    // Oldest first, so that the newest upload of an address is the one that stays.
    for (const { ref, uploadedBy } of projects.toReversed()) {
      if (uploadedBy) latest.note({ workspace, address: uploadedBy }, ref);
      await backend.recover(ref, () => recoverProject({ ...parts, maxAttempts: tuning.maxAttempts }, ref));
    }
  }
  await backend.ready();
}
