import { useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { EditList } from '../../src/samples/schemas.ts';
import { segment } from '../core/base.ts';
import { addEdit, eraseSample, removeEdit, type Wish } from '../room/actions.ts';
import type { Card } from '../room/types.ts';
import { useLoaded } from '../room/use-loaded.ts';

// The changes that were made to the photos of a project, and the requests that make more.

export type Edit = Static<typeof EditList>['edits'][number];

/** What was changed for the next training, for which the upload itself stays as it is; and what is deleted for good. */
export interface Edits {
  readonly list: readonly Edit[];
  /** Another number after every change: what is shown of the photos has to be asked for anew. */
  readonly version: string;
  add(wishes: readonly Wish[]): Promise<void>;
  undo(edit: Edit): Promise<void>;
  /** Whatever was changed of the sample goes with it. */
  erase(sample: string): Promise<void>;
}

export function useEdits({ id, uploaded_at }: Card): Edits {
  const [changes, setChanges] = useState(0);
  const version = `${uploaded_at} ${changes}`;
  const { value } = useLoaded<Static<typeof EditList>>(`/projects/${segment(id)}/edits`, version);
  const changed = () => setChanges((count) => count + 1);
  return {
    list: value?.edits ?? [],
    version,
    async add(wishes) {
      for (const wish of wishes) if (!(await addEdit(id, wish))) break;
      changed();
    },
    async undo(edit) {
      await removeEdit(id, edit.id);
      changed();
    },
    async erase(sample) {
      await eraseSample(id, sample);
      changed();
    },
  };
}
