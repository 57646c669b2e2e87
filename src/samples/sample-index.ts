import { identityOf } from '../files/open-file.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import { type Project, refKey } from '../projects/project.ts';
import { listSamples } from './list-samples.ts';
import type { Sample } from './sample.ts';

/** What the data set of a project holds. */
export interface SampleList {
  readonly samples: readonly Sample[];
  readonly byId: ReadonlyMap<string, Sample>;
  /** How many there are of each label; undefined for boxes, whose photos have any number of labels. */
  readonly counts: ReadonlyMap<string, number> | undefined;
}

/** The samples of projects, listed once for each upload. */
export interface SampleIndex {
  of(project: Project): Promise<SampleList>;
}

/** Samples and labels kept in memory, of all projects together: 200 bytes each. */
const MAX_KEPT = 200_000;

export function createSampleIndex(pathsOf: (ref: Project['ref']) => ProjectPaths, maxKept = MAX_KEPT): SampleIndex {
  const kept = new Map<string, { readonly version: string; readonly list: Promise<SampleList> }>();
  const sizes = new Map<string, number>();

  const keep = (key: string, count: number) => {
    sizes.delete(key);
    sizes.set(key, count);
    let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [oldest, size] of sizes) {
      if (total <= maxKept || oldest === key) break;
      total -= size;
      sizes.delete(oldest);
      kept.delete(oldest);
    }
  };

  return {
    async of(project) {
      const key = refKey(project.ref);
      const { dataset } = pathsOf(project.ref);
      const version = `${project.uploadedAt} ${await identityOf(dataset)}`;
      const known = kept.get(key);
      if (known?.version === version) return known.list;
      const list = readList(dataset, project);
      kept.set(key, { version, list });
      try {
        keep(key, (await list).samples.length + project.labels.length + 1);
      } catch (error) {
        kept.delete(key);
        throw error;
      }
      return list;
    },
  };
}

async function readList(dataset: string, { type, labels }: Project): Promise<SampleList> {
  const samples = await listSamples(dataset, type, labels);
  const counts = new Map(labels.map((label) => [label, 0]));
  for (const { label } of samples) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  return {
    samples,
    byId: new Map(samples.map((sample) => [sample.id, sample])),
    counts: type === 'OBJECT_DETECTION' ? undefined : counts,
  };
}
