import { hostname, networkInterfaces } from 'node:os';
import { BlockList, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';

// Under which names and addresses other computers reach this one.

/** Networks whose addresses no computer of the internet has. The certificate authority is limited to them. */
export const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
] as const;

export interface OwnNames {
  /** `localhost` first; lower case, ASCII. */
  readonly names: readonly string[];
  /** Private addresses, loopback included. */
  readonly addresses: readonly string[];
}

export interface Interface {
  readonly address: string;
  readonly internal: boolean;
}

export function interfacesOfThisComputer(): Interface[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}

/** What a certificate of this computer names. */
export function ownNames(
  computer: string = hostname(),
  interfaces: readonly Interface[] = interfacesOfThisComputer(),
): OwnNames {
  const addresses = ['127.0.0.1', '::1', ...interfaces.map(({ address }) => address.split('%')[0] ?? '')].filter(
    isPrivate,
  );
  return { names: ['localhost', ...namesOf(computer)], addresses: [...new Set(addresses)] };
}

/** IPv4 addresses that a person can type on another computer. */
export function lanAddresses(interfaces: readonly Interface[] = interfacesOfThisComputer()): string[] {
  return interfaces.filter(({ address, internal }) => isIPv4(address) && !internal).map(({ address }) => address);
}

export function isPrivate(address: string): boolean {
  return privateNetworks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** `<host>` and `<host>.local`. A name constraint also admits every name below it, so none may be a top-level domain. */
function namesOf(computer: string): string[] {
  const full = domainToASCII(computer).toLowerCase().replace(/\.$/, '');
  const short = full.split('.')[0] ?? '';
  if (!full.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) || short === 'localhost')
    return [];
  return [`${short}.local`, ...new Set([short, full])].filter((name) => name.includes('.') || !mayBeTopLevel(name));
}

/** Top-level domains are of letters alone, or begin with `xn--`: a computer called `app` must not speak for every .app. */
function mayBeTopLevel(label: string): boolean {
  return /^[a-z]+$/.test(label) || label.startsWith('xn--');
}

const privateNetworks = new BlockList();
for (const network of PRIVATE_NETWORKS) {
  const [address = '', prefix] = network.split('/');
  privateNetworks.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
}
