import type { Edit } from '../projects/edits.ts';
import type { Sample } from './sample.ts';
import type { SampleList } from './sample-index.ts';
import type { TrainedSample } from './trained-samples.ts';

/** The samples of an upload with the changes that the next training gets. */
export interface Edited {
  editOf(sample: Pick<Sample, 'file'>): Edit | undefined;
  /** The label that the next training gets it with. Undefined: it is left out, or has boxes, which have labels of their own. */
  labelOf(sample: Sample): string | undefined;
  /** The file of the upload that a training knew by this name; undefined: it is gone, or was changed since. */
  fileOf(name: string): string | undefined;
  /** The file of the upload that a training knew by this name, also if it was changed since. */
  originOf(name: string): string;
  /** What a training found of a sample, which may have been moved for it. */
  trainedOf(sample: Sample, byFile: ReadonlyMap<string, TrainedSample>): TrainedSample | undefined;
  /** How many of each label the next training gets; undefined in a project with boxes. */
  readonly counts: ReadonlyMap<string, number> | undefined;
  /** How many of each label are left out of it. */
  readonly leftOut: ReadonlyMap<string, number>;
}

export function editedSamples({ samples, counts }: SampleList, edits: readonly Edit[]): Edited {
  const files = new Set(samples.map(({ file }) => file));
  const byFile = new Map(edits.filter(({ file }) => files.has(file)).map((edit) => [edit.file, edit]));
  const byTarget = new Map(
    [...byFile.values()].flatMap(({ file, target }) => (target === undefined ? [] : [[target, file]])),
  );
  const editOf: Edited['editOf'] = ({ file }) => byFile.get(file);
  const labelOf = (sample: Sample) => {
    const edit = byFile.get(sample.file);
    return edit === undefined ? sample.label : edit.label;
  };
  const leftOut = new Map<string, number>();
  const left = new Map(counts);
  for (const sample of samples) {
    const { label } = sample;
    if (label === undefined || editOf(sample) === undefined) continue;
    left.set(label, (left.get(label) ?? 0) - 1);
    const now = labelOf(sample);
    if (now === undefined) leftOut.set(label, (leftOut.get(label) ?? 0) + 1);
    else left.set(now, (left.get(now) ?? 0) + 1);
  }
  return {
    editOf,
    labelOf,
    fileOf: (name) => (files.has(name) ? (byFile.has(name) ? undefined : name) : byTarget.get(name)),
    originOf: (name) => byTarget.get(name) ?? name,
    trainedOf: ({ file }, trained) => trained.get(byFile.get(file)?.target ?? file) ?? trained.get(file),
    counts: counts === undefined ? undefined : left,
    leftOut,
  };
}
