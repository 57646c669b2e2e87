import { segment } from '../core/base.ts';
import type { Report } from './report.ts';
import type { Card } from './types.ts';
import { type Loaded, useLoaded } from './use-loaded.ts';

/** A text that changes when the model does, or when more is known of it: then its report is to be asked for anew. */
export function modelVersion({ result }: Pick<Card, 'result'>): string {
  return result === null ? '' : `${result.finished_at} ${result.converted} ${result.board?.compared}`;
}

/** report.json of the model that is there now. */
export function useReport(card: Pick<Card, 'id' | 'result'>): Loaded<Report> {
  const version = modelVersion(card);
  return useLoaded(version === '' ? undefined : `/projects/${segment(card.id)}/output/report.json`, version);
}
