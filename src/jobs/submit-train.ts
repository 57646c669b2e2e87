import { type Client, isSameClient } from '../client.ts';
import { projectTrainingElsewhere } from '../errors.ts';
import type { ProjectRef, TrainConfig } from '../projects/project.ts';
import { checkTraining } from './domain/checks.ts';
import type { Job } from './domain/job.ts';
import { reasonOf } from './domain/reasons.ts';
import { inheritFrom, placeBehind, supersededBy } from './domain/succession.ts';
import { openOfKind } from './job-registry.ts';
import { enterJob, newJob, withJobFolder } from './new-job.ts';
import type { AcceptedTraining, SubmissionsOptions } from './submissions.ts';

/** Accepts a training by the rules of the queue. One that is there already is replaced. */
export async function submitTraining(
  options: SubmissionsOptions,
  client: Client,
  ref: ProjectRef,
  trainConfig: TrainConfig,
): Promise<AcceptedTraining> {
  const { store, registry, withinLimit, isSetUp } = options;
  const known = await store.read(ref);
  refuseTrainingOfOthers(options, client, ref);
  checkTraining(known, trainConfig, isSetUp);
  await store.admitTraining(ref.workspace);
  const submit = () =>
    withJobFolder(options, ref, async (id) => {
      // An upload may have come since: what the job says of its project is that of its photos.
      const { project } = await store.snapshot(ref, id, trainConfig, (now) => checkTraining(now, trainConfig, isSetUp));
      // It may have started or ended meanwhile; once out of the queue it no longer can.
      refuseTrainingOfOthers(options, client, ref);
      return acceptTraining(options, client, await newJob(options.scheduler.queue, 'train', client, project, id));
    });
  // One that takes the place of another makes the queue no longer.
  return openOfKind(registry, ref, 'train') ? submit() : withinLimit(client, submit);
}

/** Write the job, and end a waiting one that it replaces. `draft` stands where it would if there were no other job. */
async function acceptTraining(options: SubmissionsOptions, client: Client, draft: Job): Promise<AcceptedTraining> {
  const { registry, scheduler, supersede } = options;
  const old = openOfKind(registry, draft.ref, 'train');
  // Once out of the queue it cannot start any more; another process may have taken it, to run it or to answer for it.
  const queued = old && !hasStarted(options, old) && (await scheduler.unqueue(old.id)) ? old : undefined;
  const taken = queued ? undefined : old;
  const job = old
    ? { ...draft, ...inheritFrom(old, taken !== undefined && hasStarted(options, taken), client) }
    : placeBehind(draft, openOfKind(registry, draft.ref, 'convert'));
  try {
    await enterJob(options, job);
  } catch (error) {
    if (queued) scheduler.enqueue(queued);
    throw error;
  }
  if (queued) await supersede(queued, supersededBy(client, queued));
  return { job, queueUp: () => queueUp(options, job, taken) };
}

/** Whoever pressed Train may start anew (after a reload the IDE is stuck); nobody else ends a training that runs, or waits for its next turn. */
function refuseTrainingOfOthers(options: SubmissionsOptions, client: Client, ref: ProjectRef): void {
  const training = openOfKind(options.registry, ref, 'train');
  if (training && (training.yielded || hasStarted(options, training)) && !isSameClient(training.client, client))
    throw projectTrainingElsewhere(ref.id);
}

function hasStarted({ scheduler }: SubmissionsOptions, job: Job): boolean {
  return job.state === 'active' || scheduler.isRunning(job.id);
}

async function queueUp({ registry, scheduler }: SubmissionsOptions, job: Job, taken: Job | undefined): Promise<void> {
  const enqueue = () => {
    const log = registry.log(job.id);
    log.append({ event: 'initial' });
    if (openOfKind(registry, job.ref, 'convert')) log.append({ event: 'notice', ...reasonOf('waits_for_conversion') });
    scheduler.enqueue(job);
  };
  if (taken) await scheduler.replace(taken.id, { cancelled: supersededBy(job.client, taken) }, enqueue);
  else enqueue();
}
