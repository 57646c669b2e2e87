import { Type, type Static } from 'typebox';
import { listensOnNetwork } from '../address.ts';
import type { HttpsListener } from './https-listener.ts';
import { lanAddresses } from './own-names.ts';

// The addresses of this server for the computers of the room.

const list = (description: string) => Type.Array(Type.String(), { description });

export const AddressesAnswer = Type.Object({
  own: Type.String({ description: 'For an IDE on the computer that the server runs on.' }),
  http: list('For other computers, where a school serves the IDE on http.'),
  https: list('For the hosted IDE, a page with https.'),
  trust: Type.Optional(Type.String({ description: 'Explains how a browser accepts the certificate of https.' })),
});

export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly https: Pick<HttpsListener, 'port' | 'authority' | 'givenNames'>;
}

/** `path` is what the client's key adds. */
export function addressesOf(
  { host, port, https }: Listening,
  path: string,
  lan: readonly string[] = lanAddresses(),
): Static<typeof AddressesAnswer> {
  const { own, others } = hostsOf(host, lan);
  const http = others.map((name) => `http://${inUrl(name)}:${port}${path}`);
  const securePort = https.port();
  const secure = securePort === undefined ? [] : secureHosts(https.givenNames(), own, others);
  return {
    own: `http://${inUrl(own)}:${port}${path}`,
    http,
    https: secure.map((name) => `https://${inUrl(name)}:${securePort}${path}`),
    ...(https.authority() !== undefined && { trust: `http://${inUrl(others[0] ?? own)}:${port}/trust` }),
  };
}

/** The same for who came through a proxy: others reach it as this client did. */
export function addressesBehind(
  proxy: { readonly protocol: 'http' | 'https'; readonly host: string; readonly hostname: string },
  listening: Listening,
  path: string,
): Static<typeof AddressesAnswer> {
  const url = `${proxy.protocol}://${proxy.host}${path}`;
  const { own } = addressesOf(listening, path, []);
  if (!listensOnNetwork(proxy.hostname)) return { own: url, http: [], https: [] };
  return { own, http: [], https: [], [proxy.protocol]: [url] };
}

/** How this computer calls the server, and under which addresses others reach it. */
export function hostsOf(
  host: string,
  lan: readonly string[],
): { readonly own: string; readonly others: readonly string[] } {
  if (host === '0.0.0.0' || host === '::') return { own: '127.0.0.1', others: lan };
  return { own: host, others: listensOnNetwork(host) ? [host] : [] };
}

/** The names of a given certificate are what it is valid for. */
export function secureHosts(
  givenNames: readonly string[] | undefined,
  own: string,
  others: readonly string[],
): readonly string[] {
  return [givenNames ?? [], others, [own]].find((names) => names.length > 0) ?? [];
}

export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
