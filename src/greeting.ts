import { isIP } from 'node:net';
import { isLoopbackHost, type Config } from './config.ts';
import type { HttpsListener } from './reach/https-listener.ts';
import { isPrivate, lanAddresses } from './reach/own-names.ts';

/** What a teacher types into the IDE. Keys stay out: this output may be kept. */
export function greeting(config: Config, port: number, https: Pick<HttpsListener, 'port' | 'problem' | 'authority' | 'givenNames'>, addresses = lanAddresses()): string[] {
  const path = config.keys.length > 0 ? '/w/<key>' : '';
  const isEverywhere = config.host === '0.0.0.0' || config.host === '::';
  const own = isEverywhere ? '127.0.0.1' : config.host;
  const others = isEverywhere ? addresses : isLoopbackHost(config.host) ? [] : [own];
  const securePort = https.port();
  const lines = [`Type this address into the IDE: http://${inUrl(own)}:${port}${path}`];
  if (securePort !== undefined) {
    const givenNames = https.givenNames();
    const mark = (host: string) => (givenNames !== undefined || isIP(host) === 0 || isPrivate(host) ? '' : '  (no private address, so not in the certificate: accept the warning)');
    const from = others.length > 0 ? 'from other computers, hosted IDE (a page with https):' : 'with https:';
    lines.push(...firstWithEntries(givenNames, others, [own]).map((host) => `  ${from} https://${inUrl(host)}:${securePort}${path}${mark(host)}`));
  }
  lines.push(...(isEverywhere ? others : []).map((address) => `  from other computers, IDE from a page with http:      http://${inUrl(address)}:${port}${path}`));
  const authority = https.authority();
  if (authority !== undefined) {
    lines.push(`  There, open http://${inUrl(others[0] ?? own)}:${port}/trust first: it says how the browser accepts the https address.`);
    lines.push(`  Fingerprint of the certificate authority that /trust offers: ${authority.fingerprint256}`);
  }
  const problem = https.problem();
  if (problem !== undefined) lines.push(`Warning: ${problem} http works.`);
  if (isOpen(config)) lines.push('Warning: every computer in the network may use this server. Set MAI_KEY to ask for a key.');
  return lines;
}

function firstWithEntries(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return lists.find((list) => list !== undefined && list.length > 0) ?? [];
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isOpen({ host, keys }: Config): boolean {
  return keys.length === 0 && !isLoopbackHost(host);
}
