import type { FastifyReply } from 'fastify';
import { clientGone } from '../errors.ts';

/** Aborted when the client leaves before it has its answer; the reason is an AppError `client_gone`. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const { raw } = reply;
  if (raw.destroyed) gone.abort(clientGone());
  else raw.once('close', () => raw.writableFinished || gone.abort(clientGone()));
  return gone.signal;
}
