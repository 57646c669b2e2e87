import { signal } from '@preact/signals';
import type { Static } from 'typebox';
import type { EditWish } from '../../src/samples/schemas.ts';
import { announce } from '../core/announce.ts';
import { postJson, Refusal, remove } from '../core/api.ts';
import { segment } from '../core/base.ts';
import { say } from '../core/language.ts';
import type { TextKey } from '../core/text-key.ts';

export type Wish = Static<typeof EditWish>;

// What a person can do with a project. Each says how it went; the stream then shows the rest.

/** Projects with a request that the server has not answered yet. */
export const busy = signal<ReadonlySet<string>>(new Set());

export function train(id: string): Promise<boolean> {
  return act(id, 'done.train', () => postJson('/train', { project: id }));
}

export function stop(id: string): Promise<boolean> {
  return act(id, 'done.stop', () => postJson('/terminate_training', { project_id: id }));
}

/** The answer comes when the conversion has ended, so nobody waits for it here. */
export function convert(id: string): void {
  announce(say('done.convert'));
  // the stream brings the reason, in the reader's language
  void postJson('/convert', { project_id: id }).catch(() => announce(say('refused.convert'), true));
}

export function removeProject(id: string): Promise<boolean> {
  return act(id, 'done.delete', () => remove(`/projects/${segment(id)}`));
}

/** Leave a photo out of the next training, or move it to another label. */
export function addEdit(id: string, wish: Wish): Promise<boolean> {
  return act(id, wish.action === 'move' ? 'done.move' : 'done.leave_out', () =>
    postJson(`/projects/${segment(id)}/edits`, wish),
  );
}

export function removeEdit(id: string, edit: number): Promise<boolean> {
  return act(id, 'done.undo', () => remove(`/projects/${segment(id)}/edits/${edit}`));
}

/** Delete a photo or clip everywhere in its project. */
export function eraseSample(id: string, sample: string): Promise<boolean> {
  return act(id, 'done.erase', () => remove(`/projects/${segment(id)}/samples/${segment(sample)}`));
}

/** Say whose it is; empty: nobody's by name. */
export function tellOwner(id: string, name: string): Promise<boolean> {
  return act(id, 'done.owner', () => postJson(`/projects/${segment(id)}/owner`, { name }));
}

/** Put the model of an earlier training in the place of the current one. */
export function restore(id: string, job: string): Promise<boolean> {
  return act(id, 'done.restore', () => postJson(`/projects/${segment(id)}/models/${segment(job)}/restore`, {}));
}

/** False: it was refused, and the reason is shown. */
async function act(id: string, done: TextKey, ask: () => Promise<unknown>): Promise<boolean> {
  busy.value = new Set([...busy.value, id]);
  try {
    await ask();
    announce(say(done));
    return true;
  } catch (error) {
    announce(sentenceOf(error), true);
    return false;
  } finally {
    busy.value = new Set([...busy.value].filter((other) => other !== id));
  }
}

export function sentenceOf(error: unknown): string {
  if (!(error instanceof Refusal)) return say('refused.unknown', { detail: String(error) });
  if (error.code === 'not_reached') return say('refused.not_reached');
  return error.message || say('refused.unknown', { detail: error.code });
}
