import { randomBytes } from 'node:crypto';
import type { EventBus } from '../events/event-bus.ts';
import { encodeComment } from '../events/stream/sse.ts';
import type { StreamReader } from '../events/stream/sse-reply.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { SampleIndex } from '../samples/sample-index.ts';
import { CLASS_TIMES, STREAM_TIMES } from '../time-limits.ts';
import { type Beginning, type ClassReaders, createClassReaders } from './class-readers.ts';
import { ClassWatch } from './class-watch.ts';
import { classAnswer, encodeChanges, encodeClass, versionIn } from './messages.ts';
import { createEntryReader } from './read-entry.ts';
import type { ClassAnswer } from './schemas.ts';
import { readServerState } from './server-state.ts';
import type { View } from './view.ts';

export interface ClassroomSources {
  readonly projectsDir: string;
  readonly store: ProjectStore;
  readonly jobs: Pick<JobService, 'newestOf' | 'stageOf' | 'audienceOf' | 'load' | 'machine' | 'onChange'>;
  readonly bus: Pick<EventBus, 'read' | 'watch' | 'listeners' | 'watchListeners'>;
  readonly samples: SampleIndex;
  report(error: unknown): void;
  /** A reader that is further behind is cut off, and comes back with its last id. */
  readonly maxPendingChars?: number;
  readonly forgetMs?: number;
}

export interface ClassStream extends StreamReader {
  readonly view: View;
  readonly lastEventId: string | undefined;
}

interface Watched {
  readonly watch: ClassWatch;
  readonly readers: ClassReaders;
  /** Who looks at it now. */
  lookers: number;
  forgetting: NodeJS.Timeout | undefined;
}

const MAX_PENDING_CHARS = 4_000_000;

/** What a teacher sees of all projects of a classroom. A class is followed while somebody looks at it, and for a while after. */
export class Classrooms {
  readonly #sources: ClassroomSources;
  readonly #start = randomBytes(5).toString('hex');
  readonly #classes = new Map<string, Watched>();
  readonly #keepAlive: NodeJS.Timeout;
  #isOpen = true;

  constructor(sources: ClassroomSources) {
    this.#sources = sources;
    sources.bus.watch(({ workspace, projectId, jobId }, events) =>
      this.#classes.get(workspace)?.watch.noteEvents({ workspace, id: projectId }, jobId, events),
    );
    sources.bus.watchListeners((workspace) => this.#classes.get(workspace)?.watch.noteServer());
    sources.jobs.onChange((ref) => this.#noteJobs(ref));
    this.#keepAlive = setInterval(() => this.#keepUp(), STREAM_TIMES.keepAliveMs).unref();
  }

  async look(view: View): Promise<ClassAnswer> {
    const { watch, leave } = this.#enter(view.person.workspace);
    try {
      await watch.upToDate();
      return classAnswer(watch.state, this.#start, view);
    } finally {
      leave();
    }
  }

  /** The encoded chunks of an event stream: what has changed since the last id, or everything, and then what changes. */
  async *stream({ view, lastEventId, ...reader }: ClassStream): AsyncGenerator<string> {
    const { watch, readers, leave } = this.#enter(view.person.workspace);
    try {
      await watch.upToDate();
      if (!this.#isOpen) return;
      yield* readers.open(reader, view, this.#beginning(watch, lastEventId, view));
    } finally {
      leave();
    }
  }

  /** A project was uploaded, changed otherwise than by its jobs, or deleted. */
  note(ref: ProjectRef): void {
    this.#classes.get(ref.workspace)?.watch.noteChange(ref);
  }

  /** End every stream, and open none any more. */
  endStreams(): void {
    this.#isOpen = false;
    clearInterval(this.#keepAlive);
    for (const { watch, readers, forgetting } of this.#classes.values()) {
      clearTimeout(forgetting);
      watch.close();
      readers.endAll();
    }
  }

  #beginning({ state }: ClassWatch, lastEventId: string | undefined, view: View): Beginning {
    // Which projects a pupil was sent is not known any more: they get all of theirs again, which are few.
    const version = view.sharedBy === undefined ? undefined : versionIn(this.#start, lastEventId);
    const missed = version === undefined ? undefined : state.since(version);
    if (missed !== undefined) return { text: encodeChanges(state, this.#start, missed, view), known: undefined };
    const answer = classAnswer(state, this.#start, view);
    const known = view.sharedBy === undefined ? new Set(answer.projects.map(({ id }) => id)) : undefined;
    return { text: encodeClass(answer), known };
  }

  /** Room is taken and freed without any event: by what a job leaves and old ones lose, by files put there by hand. */
  #keepUp(): void {
    for (const { watch, readers } of this.#classes.values()) {
      readers.send(() => encodeComment());
      if (readers.size > 0) watch.noteServer();
    }
  }

  #noteJobs(ref: ProjectRef | undefined): void {
    if (ref !== undefined) this.note(ref);
    else for (const { watch } of this.#classes.values()) watch.noteChange(undefined);
  }

  #enter(workspace: string): Watched & { leave(): void } {
    const watched = this.#classes.get(workspace) ?? this.#follow(workspace);
    watched.lookers += 1;
    clearTimeout(watched.forgetting);
    const leave = () => {
      watched.lookers -= 1;
      if (watched.lookers > 0) return;
      watched.forgetting = setTimeout(() => {
        watched.watch.close();
        this.#classes.delete(workspace);
      }, this.#sources.forgetMs ?? CLASS_TIMES.forgetMs).unref();
    };
    return { ...watched, leave };
  }

  #follow(workspace: string): Watched {
    const { store, jobs, report, maxPendingChars = MAX_PENDING_CHARS } = this.#sources;
    const readers = createClassReaders(maxPendingChars);
    const watch: ClassWatch = new ClassWatch({
      workspace,
      entries: createEntryReader(this.#sources),
      list: () => store.list(workspace),
      newestOf: (refs) => jobs.newestOf(refs),
      server: () => readServerState(this.#sources, workspace),
      onChanges: (changes) =>
        readers.send((view, known) => encodeChanges(watch.state, this.#start, changes, view, known)),
      report,
    });
    const watched: Watched = { watch, readers, lookers: 0, forgetting: undefined };
    this.#classes.set(workspace, watched);
    return watched;
  }
}
