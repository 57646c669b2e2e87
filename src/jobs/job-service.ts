import type { Scope } from '../events/stream/scope.ts';
import type { NewestJob } from '../events/stream/fresh-start.ts';
import type { Client } from '../client.ts';
import type { ProjectRef, TrainConfig } from '../projects/project.ts';
import type { Job } from './domain/job.ts';

// What the rest of the server may ask of jobs.

/** 0 nothing, 1 preparing the data set, 2 training, 3 trained, 4 converting, 5 converted. */
export type Stage = 0 | 1 | 2 | 3 | 4 | 5;

/** What changes while a job waits or runs; not on disk. */
export interface Outlook {
  /** 1 is next; only while waiting. */
  readonly position?: number;
  /** While waiting: seconds until it starts. While active: seconds until it ends. Estimates. */
  readonly etaS?: number;
  readonly epoch?: number;
  readonly maxEpoch?: number;
}

export interface JobView {
  readonly job: Job;
  readonly outlook: Outlook;
}

export interface Load {
  /** How many jobs can run at once, and how many more could start now. */
  readonly slots: number;
  readonly freeSlots: number;
  readonly waiting: number;
}

/** Every job of the server: the only place where they start, end and change. */
export interface JobService {
  /** Queue a training; one of the same client that runs is ended for it. Rejects with an AppError that says what to do. */
  submitTrain(client: Client, ref: ProjectRef, trainConfig: TrainConfig): Promise<Job>;
  /** Queue a conversion of the newest model, or join the one that runs. `board`: for another one than the project's. */
  submitConvert(client: Client, ref: ProjectRef, board?: string): Promise<Job>;
  /** End what runs or waits for the project; resolves when its processes are gone. False: nothing was there. */
  cancel(ref: ProjectRef): Promise<boolean>;
  /** The job once it has ended. Rejects when the signal aborts or the server stops. */
  whenFinished(jobId: string, signal?: AbortSignal): Promise<Job>;
  get(workspace: string, jobId: string): JobView | undefined;
  /** The newest job of what an event stream follows. */
  newestIn(scope: Scope): NewestJob | undefined;
  /** Newest first. */
  list(workspace: string): JobView[];
  /** The job that says how each project stands: what waits or runs, else the newest one that was no conversion of a model so far. */
  newestOf(refs: readonly ProjectRef[]): readonly (JobView | undefined)[];
  /** Trainings of a project that ended well, newest first. */
  trainingsOf(ref: ProjectRef): readonly Job[];
  /** Put the model of an earlier training in the place of the newest one. Rejects with an AppError. */
  restore(ref: ProjectRef, jobId: string): Promise<void>;
  /** Run a task while no job of the project waits or runs, and none begins. Rejects with project_busy. */
  whileIdle<Value>(ref: ProjectRef, task: (trainings: readonly Job[]) => Promise<Value>): Promise<Value>;
  /** Everything that waits or runs, in no order. */
  open(): Job[];
  /** How much the server has to do. */
  load(): Load;
  /** Be called when a job starts or ends or its model was compared further, and without a project when positions may have changed. The result ends that. */
  onChange(listener: (ref: ProjectRef | undefined) => void): () => void;
  stageOf(ref: ProjectRef): Promise<Stage>;
  /** The training of a project that runs, else the one that waits. */
  trainingOf(ref: ProjectRef): Job | undefined;
  /** Addresses whose streams follow a project: who uploaded it, and who asked for its jobs or followed them. */
  audienceOf(ref: ProjectRef): ReadonlySet<string>;
  /** End and drop all jobs of a project, then delete it by `remove`; a Train that comes meanwhile waits and finds it gone. */
  forget(ref: ProjectRef, remove: () => Promise<void>): Promise<void>;
  /** The same for a project of which no job waits or runs; `remove` may find that it is needed after all. False: it is still there. */
  forgetIdle(ref: ProjectRef, remove: () => Promise<boolean>): Promise<boolean>;
  /** The project that the client uploaded last. */
  latestOf(client: Client): ProjectRef | undefined;
  /** Say that a client uploaded a project: /ping answers for the newest. */
  noteUpload(client: Client, ref: ProjectRef): void;
  /** What the jobs run on, for /ping. */
  readonly machine: { readonly device: string; readonly backend: string };
  /** After a crash or a stop: take up what was waiting or active. Call before listening. */
  recover(): Promise<void>;
  /** Start the warm children and the queue, once the server listens. Returns at once. */
  start(): void;
  /** Stop taking jobs, end the children; active jobs go on at the next start. */
  close(): Promise<void>;
}
