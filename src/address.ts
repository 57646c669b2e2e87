import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';

// Addresses as text: what proxies write into X-Forwarded-For, what Host and Origin headers hold.

/**
 * The one form of an address: without port, brackets and zone, mapped IPv4 as IPv4, IPv6 in lower case and shortened.
 * `::1` is 127.0.0.1, as both are this computer. undefined: the text is no address.
 */
export function parseAddress(text: string): string | undefined {
  const bare = withoutPort(text.trim()).split('%')[0] ?? '';
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return undefined;
  const { address } = new SocketAddress({ family: 'ipv6', address: bare });
  if (address === '::1') return '127.0.0.1';
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

/** `1.2.3.4:5`, `[::1]:5`, `[::1]`. An IPv6 address without brackets cannot be followed by a port. */
function withoutPort(text: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(.*\..*):\d+$/.exec(text)?.[1] ?? text;
}

/**
 * What limits count as one: an IPv4 address, or the /64 of an IPv6 address, within which a computer
 * may take as many addresses as it likes.
 */
export function limitGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [front = '', back] = address.split('::');
  const head = front.split(':').filter(Boolean);
  const tail = (back ?? '').split(':').filter(Boolean);
  const zeros = back === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return `${[...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':')}::/64`;
}

/** Whether an address lies in one of the networks, each `address` or `address/prefix`. */
export function createNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [text = '', prefix] = network.split('/');
    const isOne = prefix === undefined || prefix === (isIPv4(text) ? '32' : '128');
    const address = isOne ? (parseAddress(text) ?? text) : text;
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (isOne) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

export const isLoopback = createNetworks(['127.0.0.0/8', '::1']);
/** Addresses that no computer of the internet has. */
export const isPrivate = createNetworks([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]);

/** Whether other computers reach a server that listens on this host. */
export function listensOnNetwork(host: string): boolean {
  return host !== 'localhost' && !isLoopback(parseAddress(host) ?? host);
}
