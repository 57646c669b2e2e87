import { editNotFound, labelUnknown, moveOfBoxes, sampleNotFound } from '../errors.ts';
import type { Edit } from '../projects/edits.ts';
import type { Project } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { nameParts, storedName } from '../projects/stored-name.ts';
import { folderOfLabel } from './list-samples.ts';
import type { Sample } from './sample.ts';
import type { SampleIndex } from './sample-index.ts';

/** Makes and takes back changes of a data set. */
export interface EditWish {
  readonly sample: string;
  readonly action: Edit['action'];
  readonly label?: string | undefined;
}

export interface EditOptions {
  readonly store: Pick<ProjectStore, 'paths' | 'changeEdits'>;
  readonly index: SampleIndex;
}

/** Leave a sample out of the next training, or move it to another label. This replaces an earlier change of the sample. */
export async function addEdit({ store, index }: EditOptions, project: Project, wish: EditWish): Promise<Edit> {
  const { samples, byId } = await index.of(project);
  const sample = byId.get(wish.sample);
  if (sample === undefined) throw sampleNotFound(wish.sample);
  const moved = wish.action === 'move' ? await targetOf(store, project, sample, wish.label ?? '') : undefined;
  const files = new Set(samples.map(({ file }) => file));
  let made: Edit | undefined;
  await store.changeEdits(project.ref, (before, now) => {
    // another photo may lie there since
    if (now.uploadedAt !== project.uploadedAt) throw sampleNotFound(wish.sample);
    const others = before.filter(({ file }) => file !== sample.file);
    const taken = new Set([...files, ...others.flatMap(({ target }) => target ?? [])]);
    made = {
      id: numberAfter(before),
      file: sample.file,
      action: wish.action,
      ...(moved === undefined ? {} : { label: moved.label, target: freeName(moved.target, taken, sample) }),
      at: Date.now() / 1000,
    };
    return [...others, made];
  });
  if (made === undefined) throw sampleNotFound(wish.sample);
  return made;
}

/** Never one that was given before: whoever takes that one back in a tab of before must not take back another. */
function numberAfter(before: readonly Edit[]): number {
  return before.reduce((most, { id }) => Math.max(most, id + 1), Date.now());
}

/** Take a change back. */
export async function removeEdit(
  store: Pick<ProjectStore, 'changeEdits'>,
  { ref, uploadedAt }: Project,
  id: number,
): Promise<void> {
  await store.changeEdits(ref, (before, now) => {
    if (now.uploadedAt !== uploadedAt || !before.some((edit) => edit.id === id)) throw editNotFound();
    return before.filter((edit) => edit.id !== id);
  });
}

async function targetOf(
  store: Pick<ProjectStore, 'paths'>,
  { ref, type, labels }: Project,
  { file }: Sample,
  label: string,
): Promise<{ label: string; target: string }> {
  if (type === 'OBJECT_DETECTION') throw moveOfBoxes();
  if (!labels.includes(label)) throw labelUnknown(label);
  const folder = await folderOfLabel(store.paths(ref).dataset, type, labels, label);
  return { label, target: [...folder, file.slice(file.lastIndexOf('/') + 1)].join('/') };
}

/** Another sample of that label may have the same name: 1.jpg of cats among 1.jpg of dogs. */
function freeName(target: string, taken: ReadonlySet<string>, { id, file }: Sample): string {
  if (!taken.has(target) || target === file) return target;
  const slash = target.lastIndexOf('/') + 1;
  const { stem, extension } = nameParts(target.slice(slash));
  return target.slice(0, slash) + storedName(`${stem}-${id}${extension}`);
}
