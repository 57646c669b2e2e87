import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { nameInvalid } from '../errors.ts';
import { cleanName, MAX_NAME_CHARACTERS } from '../pupil-name.ts';
import type { App } from './app-type.ts';
import { setName } from './client-of.ts';

// The name of whoever asks. A header of every request carries it; what a browser asks for by itself (event streams,
// pictures, sounds) has no headers, so a field of the query does.

export const NAME_HEADER = 'x-mai-name';

export const NAME_DESCRIPTION = `The name that somebody has taken for this browser, at most ${MAX_NAME_CHARACTERS} characters. It says who asks, and is no secret.`;

/** To spread into the query of what browsers ask for without headers. */
export const NAME_FIELD = {
  name: Type.Optional(
    Type.String({
      description: `${NAME_DESCRIPTION} The same as the header ${NAME_HEADER}, which counts if both are there.`,
    }),
  ),
};

/** After whatever refuses a request without looking at it. What is no name is refused, or a pupil would look like nobody. */
export function registerNames(app: App): void {
  app.addHook('onRequest', async (request) => {
    const said = saidName(request);
    if (said === undefined) return;
    const name = cleanName(said.text ?? '');
    if (name === undefined) throw nameInvalid(said.where, MAX_NAME_CHARACTERS);
    setName(request.raw, name);
  });
}

interface Said {
  readonly where: string;
  /** Undefined: it is no text. */
  readonly text: string | undefined;
}

function saidName({ headers, query }: FastifyRequest): Said | undefined {
  const header = headers[NAME_HEADER];
  if (header !== undefined) return { where: NAME_HEADER, text: decoded(header) };
  const field = (query as Readonly<Record<string, unknown>> | undefined)?.['name'];
  return field === undefined ? undefined : { where: 'name', text: typeof field === 'string' ? field : undefined };
}

/** Headers are latin-1, so the bytes of UTF-8 are written as %XX. */
function decoded(header: string | readonly string[]): string | undefined {
  if (typeof header !== 'string' || !/^[ -~]*$/.test(header)) return undefined;
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}
