import { useEffect, useState } from 'preact/hooks';
import { getJson, type Refusal } from '../core/api.ts';
import { segment } from '../core/base.ts';
import type { Report } from './report.ts';
import type { Card } from './types.ts';

export type Loaded<Value> = { readonly value?: Value; readonly refusal?: Refusal };

/** report.json of the model that is there now; it is asked for again when another model takes its place. */
export function useReport({ id, result }: Pick<Card, 'id' | 'result'>): Loaded<Report> {
  const [loaded, setLoaded] = useState<Loaded<Report>>({});
  const model = result === null ? '' : `${id} ${result.finished_at} ${result.converted} ${result.board?.compared}`;
  useEffect(() => {
    if (model === '') return;
    let isCurrent = true;
    getJson<Report>(`/projects/${segment(id)}/output/report.json`).then(
      (value) => isCurrent && setLoaded({ value }),
      (refusal: Refusal) => isCurrent && setLoaded({ refusal }),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, model]);
  return loaded;
}
