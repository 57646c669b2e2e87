import { isIP } from 'node:net';
import { isLoopback, isPrivate, parseAddress } from '../address.ts';

// Which requests a browser may bring. Every page that somebody visits can send requests to this computer;
// the browser says in three headers where a request comes from, and programs such as curl send none of them.

/** Where the IDE is published. */
const IDE_ORIGINS: readonly string[] = ['https://kidbright-mai.web.app', 'https://kidbright-mai.firebaseapp.com'];

export interface AdmissionRules {
  /** Names of this computer, in lower case. Addresses need no listing. */
  readonly hosts: ReadonlySet<string>;
  /** Origins that MAI_ORIGINS lists. */
  readonly origins: ReadonlySet<string>;
  /** Other ports of this server, such as that of https. */
  readonly ports: ReadonlySet<string>;
  /** The server listens on a network, so that pages of its computers may use it. */
  readonly admitsPrivate: boolean;
}

/** What the headers of a request say. */
export interface Asking {
  readonly host: string | undefined;
  /** What a trusted proxy says the client asked for. A page can write it where the proxy passes it on, so it must be known as well. */
  readonly forwardedHost: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDest: string | undefined;
  /** Answering it changes something, whatever the method. */
  readonly changesState: boolean;
}

export interface Refusal {
  /** The setting that would admit the request. */
  readonly setting: 'MAI_HOSTS' | 'MAI_ORIGINS';
  /** What would have to stand there; undefined where the browser did not say it. */
  readonly value: string | undefined;
}

/** Why a request without a key is refused; undefined: it is admitted. */
export function refusalOf(rules: AdmissionRules, asking: Asking): Refusal | undefined {
  const { host, forwardedHost, origin } = asking;
  // A page can have its own name lead to this computer (DNS rebinding), but never an address.
  const unknown = [host, forwardedHost].find((name) => !isAdmittedHost(rules, name));
  if (unknown !== undefined) return { setting: 'MAI_HOSTS', value: hostNameOf(unknown) };
  if (origin !== undefined)
    return isAdmittedOrigin(rules, { host: forwardedHost ?? host, origin })
      ? undefined
      : { setting: 'MAI_ORIGINS', value: origin };
  // what is not known, or said twice, is not believed
  const isOwn = [undefined, 'none', 'same-origin'].includes(asking.fetchSite);
  return isOwn || isLink(asking) ? undefined : { setting: 'MAI_ORIGINS', value: undefined };
}

/** Whether pages of this origin may read the answers. */
export function isAdmittedOrigin(rules: AdmissionRules, { host, origin }: Pick<Asking, 'host' | 'origin'>): boolean {
  if (origin === undefined) return false;
  if (rules.origins.has(origin.toLowerCase())) return true;
  const page = parseOrigin(origin);
  if (page === undefined) return false;
  if (IDE_ORIGINS.includes(page.origin)) return true;
  const address = parseAddress(page.hostname);
  if (page.hostname === 'localhost' || (address !== undefined && isLoopback(address))) return true;
  if (address !== undefined && isPrivate(address) && rules.admitsPrivate) return true;
  return isOwnOrigin(rules, page, host);
}

export function isAdmittedHost({ hosts }: AdmissionRules, host: string | undefined): boolean {
  // HTTP/1.0 needs no host, and browsers do not speak it
  if (host === undefined || host === '') return true;
  const name = hostNameOf(host);
  return isIP(name) !== 0 || hosts.has(name);
}

/** The page came from this server, from the same port or another of its own. */
function isOwnOrigin(rules: AdmissionRules, page: URL, host: string | undefined): boolean {
  if (host === undefined || host === '' || !isAdmittedHost(rules, host)) return false;
  const own = parseOrigin(`${page.protocol}//${host}`);
  return own !== undefined && own.hostname === page.hostname && (own.port === page.port || rules.ports.has(page.port));
}

/** Somebody pressed a link that leads to a page or a file. A frame within another page is no link. */
function isLink({ fetchMode, fetchDest, changesState }: Asking): boolean {
  return fetchMode === 'navigate' && (fetchDest === undefined || fetchDest === 'document') && !changesState;
}

/** `Example.org:5000` → `example.org`; addresses without brackets. What is no host stays as it is, and is admitted nowhere. */
function hostNameOf(host: string): string {
  const name = /^([^:[\]]+|\[[^\]]+\])(?::\d*)?$/.exec(host.trim())?.[1];
  return name === undefined
    ? host
    : name
        .toLowerCase()
        .replace(/^\[(.*)\]$/, '$1')
        .replace(/\.$/, '');
}

function parseOrigin(origin: string): URL | undefined {
  if (!/^https?:\/\/[^/?#@\\\s]+$/i.test(origin)) return undefined;
  return URL.canParse(origin) ? new URL(origin) : undefined;
}
