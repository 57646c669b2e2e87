import { networkInterfaces } from 'node:os';
import type { Config } from './config.ts';

/** What a teacher types into the IDE. Keys stay out: this output may be kept. */
export function greeting(config: Config, port: number): string[] {
  const path = config.keys.length > 0 ? '/w/<key>' : '';
  const isEverywhere = config.host === '0.0.0.0' || config.host === '::';
  const own = isEverywhere ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
  const lines = [`Type this address into the IDE: http://${own}:${port}${path}`];
  if (isEverywhere) lines.push(...lanAddresses().map((address) => `  from other computers:         http://${address}:${port}${path}`));
  if (isOpen(config)) lines.push('Warning: every computer in the network may use this server. Set MAI_KEY to ask for a key.');
  return lines;
}

function isOpen({ host, keys }: Config): boolean {
  return keys.length === 0 && host !== 'localhost' && host !== '::1' && !host.startsWith('127.');
}

function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}
