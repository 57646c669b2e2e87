import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

/** Whether a person in a browser asks: browsers name HTML; programs take anything, and get `otherwise`. */
export function wantsPage(request: FastifyRequest, otherwise: string): boolean {
  return new Negotiator(request.raw).mediaType([otherwise, 'text/html']) === 'text/html';
}
