import type { JobView } from '../jobs/job-service.ts';
import { jobAnswer } from '../jobs/schemas.ts';
import type { Language } from '../messages/language.ts';
import { sentenceOf } from '../messages/sentence.ts';
import type { CurvePoint, ModelReport } from '../models/result.ts';
import type { Belonging } from '../people/ownership.ts';
import type { Project } from '../projects/project.ts';
import { shownLabels } from '../projects/shown.ts';
import { thinned } from './curve.ts';
import type { Card, CardJob } from './schemas.ts';
import { stuckBy } from './stuck.ts';

/** What is known of one project, in no language. */
export interface Entry {
  readonly project: Omit<Project, 'trainConfig'>;
  readonly belonging: Belonging;
  readonly counts: ReadonlyMap<string, number> | undefined;
  readonly samples: number;
  readonly stage: number;
  readonly view: JobView | undefined;
  readonly report: ModelReport | undefined;
  readonly curve: readonly CurvePoint[];
}

/** What is kept of a project: its labels and settings may take megabytes, and a class has a thousand projects. */
export function shownOf(
  { trainConfig: _settings, labels: all, ...project }: Project,
  allCounts: Entry['counts'],
): Pick<Entry, 'project' | 'counts'> {
  const labels = shownLabels(all);
  return {
    project: { ...project, labels },
    counts: allCounts && new Map(labels.map((label) => [label, allCounts.get(label) ?? 0])),
  };
}

export function stateOf({ view }: Pick<Entry, 'view'>): Card['state'] {
  return view?.job.state ?? 'uploaded';
}

export function cardOf(entry: Entry, waitsLongest: boolean, language: Language): Card {
  const { project, belonging, counts, samples, stage, view, report, curve } = entry;
  const state = stateOf(entry);
  return {
    id: project.ref.id,
    name: project.name,
    type: project.type,
    board: project.board,
    uploaded_at: project.uploadedAt,
    deletion: project.deletion ?? null,
    address: project.uploadedBy,
    names: [...belonging.owner.names],
    labels: project.labels.map((label) => ({ label, samples: counts === undefined ? null : (counts.get(label) ?? 0) })),
    samples,
    stage,
    state,
    job: view === undefined ? null : jobIn(view, language),
    curve: thinned(curve),
    result: report?.result ?? null,
    stuck: stuckBy({ state, samples, sameAnswer: report?.result.same_answer ?? null, waitsLongest }),
  };
}

/** A job with its reason in the reader's language. */
export function jobIn(view: JobView, language: Language): CardJob {
  const { reason } = view.job;
  const said = reason === undefined ? {} : { reason: sentenceOf(reason.code, reason, language) };
  const known = Object.entries({ ...jobAnswer(view), ...said }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as CardJob;
}
