import { sentenceOf } from '../../messages/sentence.ts';
import type { JobReason } from './job.ts';

/** Why the server itself ended a job: the sentence comes from the catalogue. */
export function reasonOf(code: string, params: Readonly<Record<string, unknown>> = {}): JobReason {
  return { ...params, code, msg: sentenceOf(code, params) };
}
