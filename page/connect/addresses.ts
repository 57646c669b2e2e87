import type { Static } from 'typebox';
import type { AddressesAnswer } from '../../src/reach/addresses.ts';

export type Addresses = Static<typeof AddressesAnswer>;

export interface Way {
  /** Who types it: the hosted IDE, an IDE that the school serves, an IDE on the server's own computer. */
  readonly kind: 'hosted' | 'school' | 'here';
  readonly urls: readonly string[];
  /** What to open once before, where the browser does not know the certificate. */
  readonly trust?: string | undefined;
}

/** The ways to connect an IDE, the most common first. */
export function waysOf({ own, http, https, trust }: Addresses): Way[] {
  const ways: Way[] = [
    { kind: 'hosted', urls: https, trust },
    { kind: 'school', urls: http },
    { kind: 'here', urls: [own] },
  ];
  return ways.filter(({ urls }) => urls.length > 0);
}

/** This page for phones. Without a warning first; undefined: no other computer reaches the server. */
export function pageAddressOf({ http }: Addresses): string | undefined {
  const [url] = http;
  return url === undefined ? undefined : `${url}/`;
}
