import { Type } from 'typebox';
import type { AppError } from '../errors.ts';
import type { Language } from '../messages/language.ts';

export const FailSchema = Type.Object(
  {
    result: Type.Literal('FAIL'),
    code: Type.String(),
    reason: Type.String({ description: 'What to do, for people.' }),
  },
  { $id: 'Fail', description: 'A request that was refused or could not be answered.' },
);

export interface Fail {
  readonly result: 'FAIL';
  readonly code: string;
  readonly reason: string;
}

export function failOf(error: AppError, language: Language = 'en'): Fail {
  return { result: 'FAIL', code: error.code, reason: error.in(language) };
}

/** For the description only: bytes and streams pass by the serializer. */
export const rawAnswer = (types: string | readonly string[], description: string, status: 200 | 206 = 200) => ({
  [status]: {
    description,
    content: Object.fromEntries(
      [types].flat().map((type) => [type, { schema: type === 'application/json' ? Type.Unknown() : Type.String() }]),
    ),
  },
});

/** To spread into a route's `response`: the answers that every route can give. */
export const failures = { '4xx': Type.Ref('Fail'), '5xx': Type.Ref('Fail') };
