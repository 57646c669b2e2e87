import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { ConfigError } from './errors.ts';

// The settings of who may ask. What is wrong in them stops the start with one sentence.

const listOf = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** As MAI_KEY: no key, on a network too. */
export const OPEN = 'open';
export const MIN_KEY_CHARS = 12;

/** Who a key is for. */
export const KEY_ROLES = ['teacher', 'pupil'] as const;

export interface Key {
  readonly workspace: string;
  readonly key: string;
  /** Undefined: it makes no difference between people. */
  readonly role?: (typeof KEY_ROLES)[number];
}

/**
 * `key`, or `name:key` and `teacher:name:key,pupil:name:key` with commas between. `teacher::key,pupil::key` has the
 * projects of before, when there was one key or none. The sentences hold no key: they end up in logs.
 */
export function classroomKeys(text: string, name: string): readonly Key[] {
  if (text === OPEN) return [];
  const list = text.split(',').map((part) => part.trim().split(':'));
  const parsed = list.map((parts) => keyOf(parts, name));
  if (parsed.some(({ key }) => !/^[A-Za-z0-9._~-]{1,128}$/.test(key) || /^\.+$/.test(key))) {
    throw new ConfigError(
      `${name} holds a key that cannot be part of an address: use ${MIN_KEY_CHARS} to 128 letters, digits, - or _.`,
    );
  }
  if (parsed.some(({ key }) => key.length < MIN_KEY_CHARS)) {
    throw new ConfigError(
      `${name} holds a key of fewer than ${MIN_KEY_CHARS} characters, which can be guessed: take a longer one, such as three words with - between them, and give its new address to the pupils.`,
    );
  }
  if (list.length > 1 && list.some((parts) => parts.length === 1)) {
    throw new ConfigError(`${name} holds several keys: give each a name, as in 7a:first-long-key,7b:second-long-key.`);
  }
  const isNameless = parsed.some(
    ({ workspace, role }, at) =>
      list[at]?.length !== 1 && !(role !== undefined && workspace === '') && !/^[A-Za-z0-9_-]{1,64}$/.test(workspace),
  );
  if (isNameless)
    throw new ConfigError(
      `${name} holds a name that cannot be used: 1 to 64 letters, digits, _ or - before the colon.`,
    );
  refuseDoubles(parsed, name);
  return Object.freeze(parsed.map((entry) => Object.freeze(entry)));
}

/** A key of its own, which is sent in a header. The sentence does not hold it. */
export function bearerKey(text: string, name: string): string {
  if (/^[A-Za-z0-9._~-]{12,128}$/.test(text)) return text;
  throw new ConfigError(`${name} must be a key of ${MIN_KEY_CHARS} to 128 letters, digits, - or _ (unset: off).`);
}

/** A key that signs. Whoever hears a signature may try keys on it for years, so it is a long one. */
export function clusterKey(text: string, name: string): string {
  if (/^[!-~]{20,256}$/.test(text)) return text;
  throw new ConfigError(
    `${name} must be a key of 20 to 256 letters, digits and signs without blanks, such as openssl rand -hex 24 makes.`,
  );
}

/** `https://mai.school.th:5443`: where a server is, without a path. */
export function baseAddress(text: string, name: string): string {
  if (/^https?:\/\/[^/?#@\\\s*]+\/?$/i.test(text) && URL.canParse(text)) return new URL(text).origin;
  throw new ConfigError(
    `${name} is "${text}": write an address without a path, as in http://10.0.0.5:5001 or https://mai.school.th:5443.`,
  );
}

function keyOf(parts: readonly string[], name: string): Key {
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { workspace: '', key: first };
  if (parts.length === 2) return { workspace: first, key: second };
  const role = KEY_ROLES.find((known) => known === first);
  if (parts.length === 3 && role !== undefined) return { workspace: second, key: third, role };
  throw new ConfigError(
    `${name} holds a key in more parts than name:key, and the first is not teacher or pupil: write teacher:7a:first-long-key,pupil:7a:second-long-key.`,
  );
}

/** Names become folders, and some file systems do not tell upper case from lower. */
function refuseDoubles(keys: readonly Key[], name: string): void {
  const isTwice = (texts: readonly string[]) => new Set(texts).size < texts.length;
  if (isTwice(keys.map(({ key }) => key)))
    throw new ConfigError(
      `${name} holds a key twice: every classroom needs its own, and a teacher another one than the pupils.`,
    );
  const classrooms = new Set(keys.map(({ workspace }) => workspace));
  const isSpeltTwice = isTwice([...classrooms].map((workspace) => workspace.toLowerCase()));
  if (isSpeltTwice || isTwice(keys.map(({ role = '', workspace }) => `${role}:${workspace}`)))
    throw new ConfigError(`${name} holds a name twice: every classroom needs its own.`);
  for (const workspace of classrooms) {
    const roles = keys.filter((key) => key.workspace === workspace).map(({ role }) => role);
    if (roles.includes(undefined) && roles.length > 1)
      throw new ConfigError(
        `${name} holds the classroom ${workspace || 'without a name'} with and without a role: write teacher:${workspace}: and pupil:${workspace}: before its keys.`,
      );
    if (roles.includes('pupil') && !roles.includes('teacher'))
      throw new ConfigError(
        `${name} holds a pupil's key for ${workspace || 'the classroom without a name'} and no teacher's, so nobody could see the class: add teacher:${workspace}:another-long-key.`,
      );
  }
}

/** `localhost,mai.school.th`: names, without `http://` and port. Those in other letters as browsers send them (`xn--…`). */
export function hostNames(text: string, name: string): readonly string[] {
  return listOf(text.toLowerCase()).map((host) => {
    const ascii = /^[\p{L}\p{M}\p{N}._-]+$/u.test(host) ? domainToASCII(host) : '';
    if (ascii !== '') return ascii.replace(/\.$/, '');
    throw new ConfigError(
      `${name} holds "${host}": write names alone, as in mai.school.th,mai.local (addresses need not be listed).`,
    );
  });
}

/** `https://ide.school.th,http://10.0.0.7:8080`: origins as browsers send them, so no path. `null` is that of pages without one. */
export function pageOrigins(text: string, name: string): readonly string[] {
  return listOf(text).map((origin) => {
    if (origin === 'null') return origin;
    if (/^https?:\/\/[^/?#@\\\s*]+\/?$/i.test(origin) && URL.canParse(origin)) return new URL(origin).origin;
    if (!/^https?:/i.test(origin) && /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s*]*$/i.test(origin)) return origin.toLowerCase();
    throw new ConfigError(
      `${name} holds "${origin}": write how the addresses of the page begin, without a path, as in https://ide.school.th or http://10.0.0.7:8080.`,
    );
  });
}

/** `127.0.0.1,10.0.0.0/8`: the addresses of proxies. Nobody else's X-Forwarded-For is read. */
export function proxyAddresses(text: string, name: string): readonly string[] {
  if (text === '0') return [];
  return listOf(text).map((entry) => {
    const [address = '', prefix, ...rest] = entry.split('/');
    const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : 0;
    const isNetwork =
      prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits);
    if (bits > 0 && isNetwork && rest.length === 0) return entry;
    throw new ConfigError(
      `${name} is "${text}": write the address of the proxy, as in 127.0.0.1, or its network, as in 10.1.2.0/24; several with commas.`,
    );
  });
}
