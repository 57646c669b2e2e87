import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { modelMissing, projectTraining, projectTrainingElsewhere } from '../errors.ts';
import type { Client } from '../http/client.ts';
import type { Project, ProjectRef, TrainConfig } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { isFile, isFolder, removeTree } from '../projects/tree.ts';
import { checkConversion, checkTraining } from './checks.ts';
import type { Job } from './job.ts';
import type { JobBook } from './job-book.ts';
import type { JobFiles } from './job-files.ts';
import type { JobIds } from './job-id.ts';
import { readOrigin } from './origin.ts';
import type { Scheduler } from './scheduler.ts';

export interface SubmissionsOptions {
  readonly store: ProjectStore;
  readonly files: JobFiles;
  readonly book: JobBook;
  readonly ids: JobIds;
  readonly scheduler: Scheduler;
  /** End a waiting job whose place another one takes. */
  supersede(job: Job): Promise<void>;
  /** End a running training that a newer one replaces; resolves when its processes are gone. */
  stopForNewer(job: Job): Promise<void>;
}

/** New jobs by the rules of the queue (docs/architecture.md). The caller keeps submissions of one project apart. */
export interface Submissions {
  train(client: Client, ref: ProjectRef, trainConfig: TrainConfig): Promise<Job>;
  convert(client: Client, ref: ProjectRef): Promise<Job>;
}

export function createSubmissions({ store, files, book, ids, scheduler, supersede, stopForNewer }: SubmissionsOptions): Submissions {
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
    place: scheduler.queue.placeFor(`${client.workspace}/${client.address}`, id),
    createdAt: Date.now() / 1000,
    attempt: 0,
  });

  const openTraining = (ref: ProjectRef) => book.openOf(ref).find(({ kind }) => kind === 'train');

  /** Whoever started a training may start it anew: after a reload the IDE has no other way. Others would take it from a pupil. */
  const refuseOthers = (client: Client, ref: ProjectRef) => {
    const running = openTraining(ref);
    if (running && scheduler.isRunning(running.id) && !isSame(running.client, client)) throw projectTrainingElsewhere(ref.id);
  };

  /**
   * Queue a job in the place of the project's older training, if there is one. It is on disk before the older
   * one ends: a crash in between leaves both, and recovery keeps the newer.
   */
  const queueTraining = async (job: Job) => {
    const old = openTraining(job.ref);
    const isWaiting = old !== undefined && scheduler.unqueue(old.id);
    try {
      await files.write(job);
    } catch (error) {
      if (isWaiting) scheduler.enqueue(old);
      throw error;
    }
    if (isWaiting) await supersede(old);
    else if (old) await stopForNewer(old);
    book.enter(job).append({ event: 'initial' });
    scheduler.enqueue(job);
  };

  /** Photos of the training that made the model; where that is not known, those of the upload as it is. */
  const inputOfModel = async (ref: ProjectRef, jobId: string): Promise<string> => {
    const origin = await readOrigin(store.paths(ref).output);
    if (origin && (await isFolder(store.paths(ref).jobPaths(origin.jobId).input))) return origin.jobId;
    await store.snapshot(ref, jobId);
    return jobId;
  };

  /** The folder of a job that was not accepted after all goes again. */
  const withJobFolder = async <Value>(ref: ProjectRef, task: (id: string) => Promise<Value>): Promise<Value> => {
    const id = ids.next();
    const { root } = store.paths(ref).jobPaths(id);
    try {
      await mkdir(root, { recursive: true });
      return await task(id);
    } catch (error) {
      await removeTree(root);
      throw error;
    }
  };

  return {
    async train(client, ref, trainConfig) {
      const project = await store.read(ref);
      refuseOthers(client, ref);
      checkTraining(project, trainConfig);
      return withJobFolder(ref, async (id) => {
        await store.snapshot(ref, id, trainConfig);
        // It may have started meanwhile; while the queue is held it cannot.
        return scheduler.whileHeld(async () => {
          refuseOthers(client, ref);
          const old = openTraining(ref);
          const job = { ...draft('train', client, project, id), ...(old ? { place: old.place } : {}) };
          await queueTraining(job);
          return job;
        });
      });
    },

    async convert(client, ref) {
      const project = await store.read(ref);
      const open = book.openOf(ref);
      const converting = open.find(({ kind }) => kind === 'convert');
      if (converting) return converting;
      if (open.length > 0) throw projectTraining(ref.id);
      if (!(await isFile(join(store.paths(ref).output, 'model.pth')))) throw modelMissing(409);
      return withJobFolder(ref, async (id) => {
        const inputOf = await inputOfModel(ref, id);
        const board = book.get(inputOf)?.board ?? project.board;
        checkConversion(board);
        const job = { ...draft('convert', client, project, id), inputOf, board };
        await files.write(job);
        book.enter(job);
        scheduler.enqueue(job);
        return job;
      });
    },
  };
}

function isSame(a: Client, b: Client): boolean {
  return a.workspace === b.workspace && a.address === b.address;
}
