import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, bodyTooLarge, diskFull, internalError, invalidRequest, notFound } from '../errors.ts';
import { chooseLanguage } from '../messages/language.ts';
import { errorCode, isFullDisk } from '../system-errors.ts';
import type { App } from './app-type.ts';
import type { Client } from '../client.ts';
import { clientOf } from './client-of.ts';
import { failOf } from './fail.ts';

// Turns whatever a route throws into the answer that a client gets.

export interface ErrorHandlerOptions {
  readonly maxBodyBytes: number;
  /** Tell the client's event streams what was refused. */
  readonly refuse: (client: Client, error: AppError) => void;
}

/** 4xx says what to do; 5xx says nothing of the inside and is logged. */
export function registerErrorHandler(app: App, options: ErrorHandlerOptions): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const answer = toAppError(error, options.maxBodyBytes);
    // a line for every refused request would be more to do
    if (answer.statusCode >= 500 && answer.code !== 'server_busy')
      request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    const { streamsRefusals, refusalStatus } = request.routeOptions.config;
    if (streamsRefusals === true) options.refuse(clientOf(request), answer);
    return reply
      .code(refusalStatus ?? answer.statusCode)
      .type('application/json')
      .send(failOf(answer, chooseLanguage(request.headers['accept-language'])));
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('application/json').send(failOf(notFound())));
}

export function toAppError(error: unknown, maxBodyBytes: number): AppError {
  if (error instanceof AppError) return error;
  if (isFullDisk(error)) return diskFull();
  if (errorCode(error) === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge(maxBodyBytes);
  const status = statusOf(error);
  if (status < 400 || status >= 500 || !(error instanceof Error)) return internalError();
  return invalidRequest(error.message, status);
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500;
  if ('validation' in error) return 400;
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
}
