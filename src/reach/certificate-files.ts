import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PRIVATE_MODE, replaceFile } from '../files/replace-file.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { errorCode, isMissing } from '../system-errors.ts';
import type { KeyedCertificate } from './certificate.ts';
import type { OwnNames } from './own-names.ts';

// The certificate that https shows: the one that was set, or one that the server makes and keeps.

/** What the https server shows. */
export interface ServerCertificate extends KeyedCertificate {
  /** PEM of the authority that people may trust; undefined where the certificate is not ours. */
  readonly authority?: string;
  /** What is worth a warning although https works. */
  readonly notes: readonly string[];
}

/** Parsed and found to belong together. */
interface Pair {
  readonly certificate: string;
  readonly x509: X509Certificate;
  readonly key: KeyObject;
}

/** Hidden, so that no project can have its name. */
export const TLS_FOLDER = '.tls';
const AUTHORITY_FILE = 'authority.pem';
const SERVER_FILE = 'server.pem';
const RENEW_BEFORE_MS = 30 * 86_400_000;
/** Programs that make backups skip a folder with this file (bford.info/cachedir). */
const CACHE_TAG = 'Signature: 8a477f597d28d172789f06886806bc55\n# Private keys of this server: not for backups.\n';

/** MAI_TLS_CERT and MAI_TLS_KEY. Rejects with a sentence that says what is wrong with them. */
export async function readCertificate(
  certificatePath: string | undefined,
  keyPath: string | undefined,
  now: number,
): Promise<ServerCertificate> {
  if (certificatePath === undefined || keyPath === undefined)
    throw new Error('MAI_TLS_CERT and MAI_TLS_KEY belong together: set both or neither.');
  // one after the other, so that of two missing files the same one is always named
  const certificate = await textOf(certificatePath, 'MAI_TLS_CERT');
  const key = await textOf(keyPath, 'MAI_TLS_KEY');
  const x509 = parsed(
    () => new X509Certificate(certificate),
    `${certificatePath} (MAI_TLS_CERT) holds no certificate in PEM form.`,
  );
  const privateKey = parsed(
    () => createPrivateKey(key),
    `${keyPath} (MAI_TLS_KEY) holds no private key in PEM form without a password.`,
  );
  if (!x509.checkPrivateKey(privateKey))
    throw new Error(
      `The key ${keyPath} (MAI_TLS_KEY) does not belong to the certificate ${certificatePath} (MAI_TLS_CERT).`,
    );
  if (Date.parse(x509.validTo) <= now)
    throw new Error(
      `The certificate ${certificatePath} (MAI_TLS_CERT) has expired: it was valid until ${x509.validTo}.`,
    );
  if (Date.parse(x509.validFrom) > now)
    throw new Error(
      `The certificate ${certificatePath} (MAI_TLS_CERT) is not valid yet: it begins at ${x509.validFrom}. Is the clock of this computer right?`,
    );
  return { certificate, key, notes: [] };
}

/**
 * The certificate of this installation, made or renewed where needed; its authority is made once and kept.
 * Rejects where neither can be had, as on a full disk.
 */
export async function installationCertificate(
  projectsDir: string,
  wanted: OwnNames,
  now: number,
): Promise<ServerCertificate> {
  const folder = join(projectsDir, TLS_FOLDER);
  const authority = (await readAuthority(folder, now)) ?? (await newAuthority(folder, wanted, now));
  // before the authority was made the clock was wrong: some boards start in 1970 until they reach a time server
  const clock = Math.max(now, Date.parse(authority.x509.validFrom));
  const known = await readPair(join(folder, SERVER_FILE));
  if (known !== undefined && isGood(known, authority, wanted, clock)) return answerOf(known, authority, []);
  const { makeLeaf, permittedNames } = await import('./certificate.ts');
  // what the authority was not made for is left out, as one wrong name spoils the whole certificate
  const names = permittedNames(authority.certificate, wanted);
  const missing = wanted.names.filter((name) => !names.names.includes(name));
  const notes =
    missing.length === 0
      ? []
      : [
          `The certificate does not name ${missing.join(', ')}: the authority in ${folder} was made before this computer was called so. Addresses work. To have the name too, delete that folder, start again, and let devices that trusted the old authority trust the new one.`,
        ];
  if (known !== undefined && isGood(known, authority, names, clock)) return answerOf(known, authority, notes);
  const made = pairOf(makeLeaf(names, authority, clock));
  // one that is not kept is as good, but the next start makes another and browsers ask again
  const unsaved = await writePair(folder, SERVER_FILE, made).then(
    () => [],
    (error: unknown) => [`The certificate could not be saved in ${folder} (${errorCode(error)}).`],
  );
  return answerOf(made, authority, [...notes, ...unsaved]);
}

/** Undefined: there is none that can be used. */
async function readAuthority(folder: string, now: number): Promise<Pair | undefined> {
  const found = await readPair(join(folder, AUTHORITY_FILE));
  return found?.x509.ca && Date.parse(found.x509.validTo) - RENEW_BEFORE_MS > now ? found : undefined;
}

async function newAuthority(folder: string, wanted: OwnNames, now: number): Promise<Pair> {
  const { makeAuthority } = await import('./certificate.ts');
  const made = pairOf(makeAuthority(wanted, now));
  await writePair(folder, AUTHORITY_FILE, made);
  return made;
}

/** An address that went away is no reason to renew: browsers forget an accepted warning with the certificate. */
function isGood({ x509 }: Pair, authority: Pair, { names, addresses }: OwnNames, clock: number): boolean {
  const isTimely = Date.parse(x509.validFrom) <= clock && Date.parse(x509.validTo) - RENEW_BEFORE_MS > clock;
  if (!isTimely || !x509.checkIssued(authority.x509) || !x509.verify(authority.x509.publicKey)) return false;
  // link-local addresses come and go with every container, and no browser can be given one
  const needed = addresses.filter((address) => !/^fe[89ab]/i.test(address));
  return names.every((name) => x509.checkHost(name)) && needed.every((address) => x509.checkIP(address));
}

function answerOf(own: Pair, authority: Pair, notes: readonly string[]): ServerCertificate {
  return { certificate: own.certificate, key: pemOf(own.key), authority: authority.certificate, notes };
}

function pairOf({ certificate, key }: KeyedCertificate): Pair {
  return { certificate, x509: new X509Certificate(certificate), key: createPrivateKey(key) };
}

/** Key and certificate are one file, so that no crash can leave two that do not belong together. */
async function readPair(path: string): Promise<Pair | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const [certificate = ''] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(text) ?? [];
    const pair = { certificate, x509: new X509Certificate(certificate), key: createPrivateKey(text) };
    if (!pair.x509.checkPrivateKey(pair.key)) return undefined;
    // a copy of the folder may have lost the mode
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, PRIVATE_MODE).catch(() => undefined);
    return pair;
  } catch (error) {
    // what cannot be read now may be a good authority that devices trust: only a missing or broken one is replaced
    if (error instanceof Error && 'syscall' in error && !isMissing(error)) throw error;
    return undefined;
  }
}

async function writePair(folder: string, name: string, { certificate, key }: Pair): Promise<void> {
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(dirname(folder));
  await replaceFile(join(folder, 'CACHEDIR.TAG'), CACHE_TAG, { mode: PRIVATE_MODE });
  await replaceFile(join(folder, name), `${pemOf(key)}${certificate}`, { mode: PRIVATE_MODE });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function textOf(path: string, setting: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`${setting} is "${path}": the file cannot be read (${errorCode(error)}).`);
  });
}

function parsed<Value>(read: () => Value, sentence: string): Value {
  try {
    return read();
  } catch {
    throw new Error(sentence);
  }
}
