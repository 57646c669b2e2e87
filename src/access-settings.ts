import { isIP } from 'node:net';
import { ConfigError } from './errors.ts';

// The settings of who may ask. What is wrong in them stops the start with one sentence.

const listOf = (text: string) => text.split(',').map((part) => part.trim()).filter(Boolean);

/** `localhost,mai.school.th`: names, without `http://` and port. */
export function hostNames(text: string, name: string): readonly string[] {
  return listOf(text.toLowerCase()).map((host) => {
    if (/^[\p{L}\p{N}._-]+$/u.test(host)) return host.replace(/\.$/, '');
    throw new ConfigError(`${name} holds "${host}": write names alone, as in mai.school.th,mai.local (addresses need not be listed).`);
  });
}

/** `https://ide.school.th,http://10.0.0.7:8080`: origins as browsers send them, so no path. `null` is that of pages without one. */
export function pageOrigins(text: string, name: string): readonly string[] {
  return listOf(text).map((origin) => {
    if (origin === 'null') return origin;
    if (/^https?:\/\/[^/?#@\\\s*]+\/?$/i.test(origin) && URL.canParse(origin)) return new URL(origin).origin;
    if (!/^https?:/i.test(origin) && /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s*]*$/i.test(origin)) return origin.toLowerCase();
    throw new ConfigError(`${name} holds "${origin}": write how the addresses of the page begin, without a path, as in https://ide.school.th or http://10.0.0.7:8080.`);
  });
}

/** `127.0.0.1,10.0.0.0/8`: the addresses of proxies. Nobody else's X-Forwarded-For is read. */
export function proxyAddresses(text: string, name: string): readonly string[] {
  if (text === '0') return [];
  return listOf(text).map((entry) => {
    const [address = '', prefix, ...rest] = entry.split('/');
    const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : 0;
    const isNetwork = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits);
    if (bits > 0 && isNetwork && rest.length === 0) return entry;
    throw new ConfigError(`${name} is "${text}": write the address of the proxy, as in 127.0.0.1, or its network, as in 10.1.2.0/24; several with commas.`);
  });
}
