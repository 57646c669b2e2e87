import { readOrigin, type StoredOrigin } from '../projects/origin.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import { type ProjectRef, refKey } from '../projects/project.ts';
import {
  type ReportedFinding,
  readReportedFindings,
  readTrainedSamples,
  type TrainedSamples,
  trainedVersion,
} from './trained-samples.ts';

/** What the model in output/ leaves to say of samples. */
export interface Trained {
  readonly version: string;
  readonly found: TrainedSamples | undefined;
  readonly reported: readonly ReportedFinding[];
  readonly origin: StoredOrigin | undefined;
}

/** Projects of which it is kept in memory: a page asks for one again and again. */
const MAX_KEPT = 8;

export function createTrainedReader(paths: (ref: ProjectRef) => ProjectPaths): (ref: ProjectRef) => Promise<Trained> {
  const kept = new Map<string, Trained>();
  return async (ref) => {
    const { output } = paths(ref);
    const version = await trainedVersion(output);
    const known = kept.get(refKey(ref));
    if (known?.version === version) return known;
    const [found, reported, origin] = await Promise.all([
      readTrainedSamples(output),
      readReportedFindings(output),
      readOrigin(output).catch(() => undefined),
    ]);
    const trained = { version, found, reported, origin };
    kept.delete(refKey(ref));
    kept.set(refKey(ref), trained);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return trained;
  };
}
