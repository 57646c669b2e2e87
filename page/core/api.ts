import { baseOf } from './base.ts';
import { language } from './language.ts';
import { myName } from './my-name.ts';

/** What the server refused: its sentence says what to do. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

export function urlOf(path: string): string {
  return baseOf(location.pathname) + path;
}

/** For what the browser asks for by itself: no header can say who asks. */
export function urlWithName(path: string): string {
  const name = myName.value;
  if (name === undefined) return urlOf(path);
  return `${urlOf(path)}${path.includes('?') ? '&' : '?'}name=${encodeURIComponent(name)}`;
}

export async function getJson<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return ask<Answer>(path, { ...(signal && { signal }) });
}

export async function postJson<Answer>(path: string, body: object): Promise<Answer> {
  return ask<Answer>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function postForm<Answer>(path: string, body: FormData, signal?: AbortSignal): Promise<Answer> {
  return ask<Answer>(path, { method: 'POST', body, ...(signal && { signal }) });
}

export async function remove(path: string): Promise<void> {
  await ask(path, { method: 'DELETE' });
}

/** Rejects with a Refusal; `code` is `not_reached` where no answer came. */
async function ask<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const headers = new Headers(init.headers);
  headers.set('accept-language', language());
  const name = myName.peek();
  if (name !== undefined) headers.set('x-mai-name', encodeURIComponent(name));
  let answer: Response;
  try {
    answer = await fetch(urlOf(path), { ...init, headers, cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refusal('not_reached', '');
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && !isFail(body)) return body as Answer;
  if (isFail(body)) throw new Refusal(body.code ?? '', body.reason ?? '');
  throw new Refusal(`status_${answer.status}`, '');
}

/** `/convert` refuses with status 200, too. */
function isFail(body: unknown): body is { readonly code?: string; readonly reason?: string } {
  return typeof body === 'object' && body !== null && 'result' in body && body.result === 'FAIL';
}
