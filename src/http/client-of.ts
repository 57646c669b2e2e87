import type { FastifyRequest } from 'fastify';
import { parseAddress } from '../address.ts';
import type { Client } from '../client.ts';

// Who sent a request. The key in its address says which classroom; the address of its socket, or what a trusted proxy
// wrote, says which computer. Both are kept beside the raw request, which several hooks ask about.

const workspaces = new WeakMap<object, string>();
const addresses = new WeakMap<object, string>();

/** Remember on the raw request which classroom its key opened. */
export function setWorkspace(rawRequest: object, workspace: string): void {
  workspaces.set(rawRequest, workspace);
}

/** Whether the address of the request holds a valid key. */
export function hasKey(request: FastifyRequest): boolean {
  return workspaces.has(request.raw);
}

export function clientOf(request: FastifyRequest): Client {
  const { raw } = request;
  const address = addresses.get(raw) ?? addressOf(request);
  addresses.set(raw, address);
  return { workspace: workspaces.get(raw) ?? '', address };
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
