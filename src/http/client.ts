import type { FastifyRequest } from 'fastify';

/** Who asks. Two clients of different workspaces never meet, whatever their addresses. */
export interface Client {
  /** '' is the default workspace; else the name of a classroom's key. */
  readonly workspace: string;
  /** Address of the host: IPv4 in its plain form, loopback always as 127.0.0.1. */
  readonly address: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is refused on this route also goes to the client's event streams (the IDE shows nothing else). */
    tellsRefusals?: boolean;
    /** A GET route that changes something: no link and no image of another site may lead to it. */
    changesState?: boolean;
  }
}

const workspaces = new WeakMap<object, string>();

/** Remember on the raw request which classroom its key opened. */
export function setWorkspace(rawRequest: object, workspace: string): void {
  workspaces.set(rawRequest, workspace);
}

export function clientOf(request: FastifyRequest): Client {
  return { workspace: workspaces.get(request.raw) ?? '', address: plainAddress(request.ip) };
}

/** `::ffff:10.0.0.7` and `10.0.0.7` are one host, and so are `::1` and `127.0.0.1`. */
export function plainAddress(address: string): string {
  const plain = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '::1' ? '127.0.0.1' : plain;
}
