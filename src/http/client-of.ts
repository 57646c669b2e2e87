import type { FastifyRequest } from 'fastify';
import { parseAddress } from '../address.ts';
import type { Client, Person, Role } from '../client.ts';

// Who sent a request. The key in its address says which classroom and which role; the address of its socket, or what a
// trusted proxy wrote, says which computer; a header may say a name. All are kept beside the raw request, which several
// hooks ask about.

/** What a key opens. */
export interface Opened {
  readonly workspace: string;
  readonly role: Role;
}

const WITHOUT_KEY: Opened = { workspace: '', role: 'anybody' };
const opened = new WeakMap<object, Opened>();
const addresses = new WeakMap<object, string>();
const names = new WeakMap<object, string>();

/** Remember on the raw request what its key opened. */
export function setOpened(rawRequest: object, what: Opened): void {
  opened.set(rawRequest, what);
}

/** Remember on the raw request the name that it says. */
export function setName(rawRequest: object, name: string): void {
  names.set(rawRequest, name);
}

/** Whether the address of the request holds a valid key. */
export function hasKey(request: FastifyRequest): boolean {
  return opened.has(request.raw);
}

export function clientOf(request: FastifyRequest): Client {
  const { raw } = request;
  const address = addresses.get(raw) ?? addressOf(request);
  addresses.set(raw, address);
  return { workspace: openedBy(request).workspace, address };
}

export function openedBy({ raw }: FastifyRequest): Opened {
  return opened.get(raw) ?? WITHOUT_KEY;
}

export function personOf(request: FastifyRequest): Person {
  return { ...clientOf(request), role: openedBy(request).role, name: names.get(request.raw) };
}

/** Behind trusted proxies the last address that they vouch for. What is no address counts as the proxy that wrote it. */
function addressOf({ ip, ips }: FastifyRequest): string {
  // a socket that is closed already has no address
  for (const text of [...(ips ?? [ip])].reverse()) {
    const address = parseAddress(text ?? '');
    if (address !== undefined) return address;
  }
  return '';
}
