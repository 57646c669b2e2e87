import { limitGroup } from './address.ts';

/** Who asks: one address in one classroom. Clients of different classrooms never meet, whatever their addresses. */
export interface Client {
  /** '' is the default workspace; else the name of a classroom's key. */
  readonly workspace: string;
  /** Address of the host: IPv4 in its plain form, loopback always as 127.0.0.1. */
  readonly address: string;
}

/** The client as one text, for maps: neither part holds a slash. */
export function clientKey({ workspace, address }: Client): string {
  return `${workspace}/${address}`;
}

/** Computers behind one router or proxy are one client where only its address is seen. */
export function isSameClient(one: Client, other: Client): boolean {
  return clientKey(one) === clientKey(other);
}

/** The clients that share a limit, as one text: of IPv6 a whole network, within which one computer may take any address. */
export function groupOf({ workspace, address }: Client): string {
  return clientKey({ workspace, address: limitGroup(address) });
}

/** The client and its group, as the queues of resident processes know them. */
export function askerOf(client: Client): { readonly client: string; readonly group: string } {
  return { client: clientKey(client), group: groupOf(client) };
}
