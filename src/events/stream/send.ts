import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../http/app-type.ts';
import type { CountLimit } from '../../http/limits.ts';
import type { EventBus } from '../event-bus.ts';
import type { Scope } from './scope.ts';
import type { NewestJob } from './fresh-start.ts';
import { lastEventIdOf } from './last-event-id.ts';
import { createReplySender } from './sse-reply.ts';
import { chooseLanguage } from '../../messages/language.ts';

/** `endOf`: a signal that ends the stream though its reader is there. It is told when the reader has left. */
export type StreamSender = (
  request: FastifyRequest,
  reply: FastifyReply,
  scope: Scope,
  endOf?: (gone: AbortSignal) => AbortSignal,
) => FastifyReply;

/** Sends the events of jobs. */
export function createStreamSender(
  app: App,
  bus: EventBus,
  places: CountLimit,
  newestJob?: (scope: Scope) => NewestJob | undefined,
): StreamSender {
  const send = createReplySender(app, () => bus.endStreams(), places);
  return (request, reply, scope, endOf) =>
    send(request, reply, (reader) =>
      bus.stream({
        ...reader,
        signal: endOf === undefined ? reader.signal : AbortSignal.any([reader.signal, endOf(reader.signal)]),
        scope,
        language: chooseLanguage(request.headers['accept-language']),
        lastEventId: lastEventIdOf(request),
        newestJob: () => newestJob?.(scope),
      }),
    );
}
