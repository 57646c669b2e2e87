import type { Edit } from '../projects/edits.ts';
import { sampleIdOf } from './sample.ts';

/** A change of a data set, as answers show it. */
export function editAnswer({ id, file, action, label, at }: Edit) {
  return { id, sample: sampleIdOf(file), file, action, ...(label === undefined ? {} : { label }), at };
}
