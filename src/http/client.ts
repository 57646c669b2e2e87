import type { FastifyRequest } from 'fastify';
import { limitGroup, parseAddress } from './address.ts';

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
    /** Status of what is refused on this route, where the IDE reads one status alone. */
    refusalStatus?: number;
  }
}

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

/** A key for maps; neither part holds a slash. */
export function clientKey({ workspace, address }: Client): string {
  return `${workspace}/${address}`;
}

/** Computers behind one router or proxy are one client where only its address is seen. */
export function isSameClient(one: Client, other: Client): boolean {
  return clientKey(one) === clientKey(other);
}

/** Who shares a limit. */
export function groupOf({ workspace, address }: Client): string {
  return `${workspace}/${limitGroup(address)}`;
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
