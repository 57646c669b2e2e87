import { type AppError, inferenceFailed, inferenceRefused } from '../../errors.ts';
import type { InferenceResult } from './request.ts';

/** What the process answered to the request with this id. */
export type Answer = { readonly id: number } & (
  | { readonly result: InferenceResult; readonly error?: never }
  | { readonly result?: never; readonly error: AppError }
);

/** How the process calls a bug of its own. */
const OWN_FAULT = 'internal';

/** Undefined where a line of the process is no answer. */
export function parseAnswer(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof value['id'] !== 'number') return undefined;
    if (isObject(value['result'])) return { id: value['id'], result: value['result'] };
    return { id: value['id'], error: errorOf(isObject(value['error']) ? value['error'] : {}) };
  } catch {
    return undefined;
  }
}

function errorOf({ code, msg }: Readonly<Record<string, unknown>>): AppError {
  const said = String(code ?? OWN_FAULT);
  return said === OWN_FAULT ? inferenceFailed() : inferenceRefused(said, String(msg ?? ''));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
