import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { modelMissing, projectTraining, projectTrainingElsewhere } from '../errors.ts';
import { clientKey, isSameClient, type Client } from '../client.ts';
import type { Project, ProjectRef, TrainConfig } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { DamagedFile } from '../files/own-json.ts';
import { isFile, isFolder, removeTree } from '../files/tree.ts';
import { checkConversion, checkTraining } from './domain/checks.ts';
import type { Job, JobReason } from './domain/job.ts';
import type { JobBook } from './job-book.ts';
import type { JobFiles } from './run/job-files.ts';
import type { JobIds } from './domain/job-id.ts';
import { readOrigin } from './run/origin.ts';
import { inheritFrom, placeBehind, supersededBy } from './domain/succession.ts';
import { reasonOf } from './domain/reasons.ts';
import type { Scheduler } from './scheduler.ts';
import type { WaitingLimit } from './domain/waiting-limit.ts';

export interface SubmissionsOptions {
  readonly store: ProjectStore;
  readonly files: JobFiles;
  readonly book: JobBook;
  readonly ids: JobIds;
  readonly scheduler: Scheduler;
  readonly withinLimit: WaitingLimit;
  /** End a waiting job whose place another one takes. */
  supersede(job: Job, why: JobReason): Promise<void>;
}

/** A training that is accepted: it is on disk, so the client may be answered. */
export interface AcceptedTraining {
  readonly job: Job;
  /** Put it into the queue, once the running training that it replaces has ended. Until then nothing else may be done to the project. */
  queueUp(): Promise<void>;
}

/** New jobs by the rules of the queue (docs/queue.md). The caller keeps submissions of one project apart. */
export interface Submissions {
  train(client: Client, ref: ProjectRef, trainConfig: TrainConfig): Promise<AcceptedTraining>;
  convert(client: Client, ref: ProjectRef): Promise<Job>;
}

export function createSubmissions({
  store,
  files,
  book,
  ids,
  scheduler,
  withinLimit,
  supersede,
}: SubmissionsOptions): Submissions {
  const draft = (kind: Job['kind'], client: Client, project: Project, id: string): Job => ({
    id,
    kind,
    state: 'waiting',
    ref: project.ref,
    projectType: project.type,
    board: project.board,
    client,
    owner: project.uploadedBy || client.address,
    inputOf: id,
    place: scheduler.queue.placeFor(clientKey(client), id),
    createdAt: Date.now() / 1000,
    attempt: 0,
  });

  const openOfKind = (ref: ProjectRef, kind: Job['kind']) => book.openOf(ref).find((job) => job.kind === kind);
  const hasStarted = (job: Job) => job.state === 'active' || scheduler.isRunning(job.id);

  /** Whoever pressed Train may start anew (after a reload the IDE is stuck); nobody else ends a training that runs. */
  const refuseTrainingOfOthers = (client: Client, ref: ProjectRef) => {
    const training = openOfKind(ref, 'train');
    if (training && hasStarted(training) && !isSameClient(training.client, client))
      throw projectTrainingElsewhere(ref.id);
  };

  /** Photos of the training that made the model, and what they are of; where that is not known, those of the upload as it is. */
  const inputOfModel = async (
    project: Project,
    jobId: string,
  ): Promise<Pick<Job, 'inputOf' | 'board' | 'projectType'>> => {
    const { ref } = project;
    const origin = await readOrigin(store.paths(ref).output).catch((error: unknown) => {
      if (!(error instanceof DamagedFile)) throw error;
    });
    if (!origin || !(await isFolder(store.paths(ref).jobPaths(origin.jobId).input))) {
      const { project: now } = await store.snapshot(ref, jobId);
      return { inputOf: jobId, board: now.board, projectType: now.type };
    }
    const training = book.get(origin.jobId);
    return {
      inputOf: origin.jobId,
      board: training?.board ?? project.board,
      projectType: training?.projectType ?? project.type,
    };
  };

  /** Remove the job folder if the submission is rejected. */
  const withJobFolder = async <Value>(ref: ProjectRef, task: (id: string) => Promise<Value>): Promise<Value> => {
    const id = ids.next();
    const { root } = store.paths(ref).jobPaths(id);
    try {
      const made = await mkdir(root, { recursive: true });
      // the first job of a project also makes the folder of all of them
      if (made !== undefined && made !== root) await syncFolder(dirname(made));
      return await task(id);
    } catch (error) {
      await removeTree(root);
      throw error;
    }
  };

  const queueUp = async (job: Job, running: Job | undefined) => {
    const enqueue = () => {
      const log = book.log(job.id);
      log.append({ event: 'initial' });
      if (openOfKind(job.ref, 'convert')) log.append({ event: 'notice', ...reasonOf('waits_for_conversion') });
      scheduler.enqueue(job);
    };
    if (running) await scheduler.replace(running.id, { cancelled: reasonOf('superseded') }, enqueue);
    else enqueue();
  };

  return {
    async train(client, ref, trainConfig) {
      const known = await store.read(ref);
      refuseTrainingOfOthers(client, ref);
      checkTraining(known, trainConfig);
      const submit = () =>
        withJobFolder(ref, async (id) => {
          // An upload may have come since: what the job says of its project is that of its photos.
          const { project } = await store.snapshot(ref, id, trainConfig, (now) => checkTraining(now, trainConfig));
          // It may have started or ended meanwhile; once out of the queue it no longer can.
          refuseTrainingOfOthers(client, ref);
          const old = openOfKind(ref, 'train');
          const running = old && hasStarted(old) ? old : undefined;
          const drafted = draft('train', client, project, id);
          const job = old
            ? { ...drafted, ...inheritFrom(old, running !== undefined, client) }
            : placeBehind(drafted, openOfKind(ref, 'convert'));
          const queued = old && scheduler.unqueue(old.id) ? old : undefined;
          try {
            await files.write(job);
            book.enter(job);
          } catch (error) {
            if (queued) scheduler.enqueue(queued);
            throw error;
          }
          if (queued) await supersede(queued, supersededBy(client, queued));
          return { job, queueUp: () => queueUp(job, running) };
        });
      // One that takes the place of another makes the queue no longer.
      return openOfKind(ref, 'train') ? submit() : withinLimit(client, submit);
    },

    async convert(client, ref) {
      const project = await store.read(ref);
      const conversion = openOfKind(ref, 'convert');
      if (conversion) {
        book.follow(conversion.id, client.address);
        return conversion;
      }
      if (openOfKind(ref, 'train')) throw projectTraining(ref.id);
      if (!(await isFile(join(store.paths(ref).output, 'model.pth')))) throw modelMissing(409);
      return withinLimit(client, () =>
        withJobFolder(ref, async (id) => {
          const input = await inputOfModel(project, id);
          checkConversion(input.board);
          const job = { ...draft('convert', client, project, id), ...input };
          await files.write(job);
          book.enter(job);
          scheduler.enqueue(job);
          return job;
        }),
      );
    },
  };
}
