import { render } from '../events/messages/render.ts';
import type { Catalogue } from '../events/messages/catalogue.ts';
import type { JobReason } from './job.ts';

export type Reason = (code: string, params?: Readonly<Record<string, unknown>>) => JobReason;

/** Reasons of the server itself; their English comes from the catalogue, where the Thai is. */
export function createReasons(catalogue: Catalogue): Reason {
  return (code, params = {}) => ({ ...params, code, msg: render({ ...params, event: code }, 'en', catalogue) });
}
