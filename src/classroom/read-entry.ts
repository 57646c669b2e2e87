import { AppError } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { belongingOf } from '../people/guard.ts';
import type { JobService, JobView } from '../jobs/job-service.ts';
import { type ModelReport, readModelReport, reportVersion } from '../models/result.ts';
import { type ProjectRef, refKey } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { SampleIndex } from '../samples/sample-index.ts';
import { type GrowingCurve, growCurve, pointOf } from './curve.ts';
import { type Entry, shownOf } from './entry.ts';

/** Where everything that a card says comes from. */
export interface CardSources {
  readonly store: Pick<ProjectStore, 'read' | 'list' | 'paths' | 'owner'>;
  readonly jobs: Pick<JobService, 'newestOf' | 'stageOf' | 'audienceOf'>;
  readonly bus: Pick<EventBus, 'read'>;
  readonly samples: SampleIndex;
}

export interface EntryReader {
  /** Undefined: the project is gone. */
  read(ref: ProjectRef): Promise<Entry | undefined>;
  /** The curve of the newest training, where it grows. */
  curveOf(ref: ProjectRef, jobId: string): GrowingCurve;
  forget(ref: ProjectRef): void;
}

/** Reads what cards say; reports and curves are read once and kept. */
export function createEntryReader({ store, jobs, bus, samples }: CardSources): EntryReader {
  const reports = new Map<
    string,
    { readonly identity: string | undefined; readonly report: ModelReport | undefined }
  >();
  const curves = new Map<string, GrowingCurve>();
  const complete = new WeakSet<GrowingCurve>();

  const reportOf = async (ref: ProjectRef) => {
    const { output } = store.paths(ref);
    const identity = await reportVersion(output);
    const known = reports.get(refKey(ref));
    if (known !== undefined && known.identity === identity) return known.report;
    const report = identity === undefined ? undefined : await readModelReport(output);
    reports.set(refKey(ref), { identity, report });
    return report;
  };

  const curveOf = (ref: ProjectRef, jobId: string) => {
    const known = curves.get(refKey(ref));
    if (known?.jobId === jobId) return known;
    const fresh = growCurve(jobId);
    curves.set(refKey(ref), fresh);
    return fresh;
  };

  /** The epochs from before somebody looked are in the log. */
  const completeCurve = async (ref: ProjectRef, jobId: string) => {
    const curve = curveOf(ref, jobId);
    if (complete.has(curve)) return curve;
    complete.add(curve);
    for await (const event of bus.read(jobId)) {
      const point = pointOf(event);
      if (point !== undefined) curve.add(point);
    }
    return curve;
  };

  const curveFor = async (ref: ProjectRef, view: JobView | undefined, report: ModelReport | undefined) => {
    const job = view?.job;
    const reported = report?.curve ?? [];
    if (job?.kind !== 'train' || (job.id === report?.result.job_id && reported.length > 0)) return reported;
    return (await completeCurve(ref, job.id)).points();
  };

  return {
    curveOf,
    forget(ref) {
      reports.delete(refKey(ref));
      curves.delete(refKey(ref));
    },
    async read(ref) {
      try {
        const project = await store.read(ref);
        const belonging = await belongingOf({ store, audienceOf: jobs.audienceOf }, project);
        const list = await samples.of(project);
        const report = await reportOf(ref);
        const stage = await jobs.stageOf(ref);
        const [view] = jobs.newestOf([ref]);
        const curve = await curveFor(ref, view, report);
        const shown = shownOf(project, list.counts);
        return { ...shown, belonging, samples: list.samples.length, stage, view, report, curve };
      } catch (error) {
        if (error instanceof AppError) return undefined;
        throw error;
      }
    },
  };
}
