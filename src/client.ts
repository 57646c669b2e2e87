import { limitGroup } from './address.ts';

/** Who asks: one address in one classroom. Clients of different classrooms never meet, whatever their addresses. */
export interface Client {
  /** '' is the default workspace; else the name of a classroom's key. */
  readonly workspace: string;
  /** Address of the host: IPv4 in its plain form, loopback always as 127.0.0.1. */
  readonly address: string;
}

/** What the key of a request lets somebody do. `anybody`: it makes no difference between people, as without keys. */
export const ROLES = ['anybody', 'teacher', 'pupil'] as const;
export type Role = (typeof ROLES)[number];

/** A client, and who says to sit there. A name is no secret: it keeps pupils from mistakes, not from each other. */
export interface Person extends Client {
  readonly role: Role;
  /** As src/pupil-name.ts cleans it; undefined: an IDE, or nobody has taken a name in this browser. */
  readonly name: string | undefined;
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
