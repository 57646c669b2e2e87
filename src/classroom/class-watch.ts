import pLimit from 'p-limit';
import type { StoredEvent } from '../events/log/stored-event.ts';
import type { JobView } from '../jobs/job-service.ts';
import type { CurvePoint } from '../models/result.ts';
import type { ProjectRef } from '../projects/project.ts';
import { CLASS_TIMES } from '../time-limits.ts';
import { ClassState, type NumberedChange } from './class-state.ts';
import { pointOf } from './curve.ts';
import type { EntryReader } from './read-entry.ts';
import type { ServerState } from './schemas.ts';

/** What a class is followed by, and where it is read from. */
export interface WatchSources {
  readonly workspace: string;
  readonly entries: EntryReader;
  list(): Promise<readonly { readonly ref: ProjectRef }[]>;
  newestOf(refs: readonly ProjectRef[]): readonly (JobView | undefined)[];
  server(): Promise<ServerState>;
  /** Called with what has changed, each time something has. */
  onChanges(changes: readonly NumberedChange[]): void;
  report(error: unknown): void;
}

/** Events after which more of a project has changed than its position, epoch or time left. */
const WHOLE = new Set(['initial', 'train_start', 'train_end', 'convert_model_init', 'convert_model_end', 'error']);
/** Frequent events, of which a wall shows nothing. */
const SILENT = new Set(['batch_start', 'batch_end']);
const READ_AT_ONCE = 4;
/** A smaller change of the time left, relative to it, is not sent. */
const ETA_CHANGE = 0.1;

/** Follows one class: gathers for a moment what happens, and then reads of it what a wall shows. */
export class ClassWatch {
  readonly state = new ClassState();
  readonly #sources: WatchSources;
  readonly #whole = new Set<string>();
  readonly #progress = new Map<string, CurvePoint[]>();
  #allMoved = false;
  #serverMoved = false;
  #loaded: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sources: WatchSources) {
    this.#sources = sources;
  }

  /** Resolves once the state holds everything that had happened when this was called. */
  async upToDate(): Promise<void> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    await this.#loaded;
    await this.#update();
  }

  noteEvents(ref: ProjectRef, jobId: string, events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (SILENT.has(event.event)) continue;
      if (WHOLE.has(event.event)) this.#whole.add(ref.id);
      const points = this.#progress.get(ref.id) ?? [];
      const point = pointOf(event);
      if (point !== undefined) {
        this.#sources.entries.curveOf(ref, jobId).add(point);
        points.push(point);
      }
      this.#progress.set(ref.id, points);
    }
    this.#schedule();
  }

  /** Something else of this project has changed. Undefined: the positions of all projects may have changed. */
  noteChange(ref: ProjectRef | undefined): void {
    if (ref === undefined) this.#allMoved = true;
    else this.#whole.add(ref.id);
    this.#schedule();
  }

  /** The server, not a project, has changed. */
  noteServer(): void {
    this.#serverMoved = true;
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#loaded === undefined || this.#closed) return;
    this.#timer ??= setTimeout(() => {
      void this.#update().catch(this.#sources.report);
    }, CLASS_TIMES.gatherMs).unref();
  }

  async #load(): Promise<void> {
    const inTurns = pLimit(READ_AT_ONCE);
    const projects = await this.#sources.list();
    await Promise.all(projects.map(({ ref }) => inTurns(() => this.#readWhole(ref.id))));
    this.state.setServer(await this.#sources.server());
    this.state.updateLongest();
  }

  /** One update after the other. */
  #update(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.catch(() => undefined).then(() => this.#takeUp());
    return this.#running;
  }

  async #takeUp(): Promise<void> {
    const [whole, progress] = [new Set(this.#whole), new Map(this.#progress)];
    if (this.#allMoved)
      for (const { project } of this.state.entries) if (!progress.has(project.ref.id)) progress.set(project.ref.id, []);
    const isQuiet = whole.size === 0 && progress.size === 0 && !this.#serverMoved;
    this.#whole.clear();
    this.#progress.clear();
    this.#allMoved = false;
    this.#serverMoved = false;
    if (isQuiet || this.#closed) return;
    const changes: (NumberedChange | undefined)[] = this.#advance(progress, whole);
    for (const id of whole) changes.push(await this.#readWhole(id));
    changes.push(this.state.setServer(await this.#sources.server()), ...this.state.updateLongest());
    const news = changes.filter((change) => change !== undefined);
    if (news.length > 0 && !this.#closed) this.#sources.onChanges(news);
  }

  /** Take over positions and epochs. A project whose job is another, or in another state, is added to `whole`. */
  #advance(progress: ReadonlyMap<string, readonly CurvePoint[]>, whole: Set<string>): (NumberedChange | undefined)[] {
    const ids = [...progress.keys()];
    const views = this.#sources.newestOf(ids.map((id) => ({ workspace: this.#sources.workspace, id })));
    return ids.map((id, index) => {
      const [view, before] = [views[index], this.state.get(id)];
      if (before === undefined || isOtherJob(before.view, view)) whole.add(id);
      const points = progress.get(id) ?? [];
      if (whole.has(id) || (points.length === 0 && !isNews(before?.view, view))) return undefined;
      return this.state.advance(id, view, points);
    });
  }

  async #readWhole(id: string): Promise<NumberedChange | undefined> {
    const ref = { workspace: this.#sources.workspace, id };
    try {
      const entry = await this.#sources.entries.read(ref);
      if (entry !== undefined) return this.state.set(entry);
    } catch (error) {
      // One project that cannot be read now must not hide the others; its card stays as it was.
      this.#sources.report(error);
      return undefined;
    }
    this.#sources.entries.forget(ref);
    return this.state.remove(id);
  }
}

function isOtherJob(before: JobView | undefined, now: JobView | undefined): boolean {
  return before?.job.id !== now?.job.id || before?.job.state !== now?.job.state;
}

function isNews(before: JobView | undefined, now: JobView | undefined): boolean {
  const [old, fresh] = [before?.outlook ?? {}, now?.outlook ?? {}];
  if (old.position !== fresh.position || old.epoch !== fresh.epoch || old.maxEpoch !== fresh.maxEpoch) return true;
  if (old.etaS === undefined || fresh.etaS === undefined) return old.etaS !== fresh.etaS;
  return Math.abs(old.etaS - fresh.etaS) > ETA_CHANGE * old.etaS;
}
