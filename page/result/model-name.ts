import { say } from '../core/language.ts';
import { timeOf } from '../core/time.ts';
import type { Model } from './compare.ts';

/** The name of a training, such as `2 · 29/11/2026, 11:41`. The first of a project is number 1; `models`: the newest first. */
export function nameOf(models: readonly Model[], model: Model): string {
  const at = model.finished_at;
  return say('earlier.name', { number: numberOf(models, model), time: at === null ? '–' : timeOf(at) });
}

export function numberOf(models: readonly Model[], model: Model): number {
  return models.length - models.indexOf(model);
}
