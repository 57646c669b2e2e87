import { computed } from '@preact/signals';
import type { TextKey } from '../core/text-key.ts';
import { classroom } from './classroom.ts';
import type { You } from './types.ts';

// Who looks at the page, as the server says.

export const you = computed<You | undefined>(() => classroom.value?.you);

/** Pupils see their own projects alone. */
export const isPupil = computed(() => you.value?.role === 'pupil');

/** What the list of projects is called: for pupils it is theirs. */
export function listTitle(forAll: 'frame.class' | 'wall.title'): TextKey {
  return isPupil.value ? 'wall.own' : forAll;
}
