import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';

// From where an event stream goes on.

/** To spread into the query of a stream. */
export const LAST_EVENT_ID_FIELD = {
  last_event_id: Type.Optional(
    Type.String({ maxLength: 100, description: 'start after this event, like the header Last-Event-ID' }),
  ),
};

/** An EventSource repeats its last id in a header; by hand the query is easier. */
export function lastEventIdOf(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  if (typeof header === 'string' && header !== '') return header;
  const query = request.query;
  return typeof query === 'object' &&
    query !== null &&
    'last_event_id' in query &&
    typeof query.last_event_id === 'string'
    ? query.last_event_id
    : undefined;
}
