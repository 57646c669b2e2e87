import { isIP } from 'node:net';
import { isReachedByOthers, type Config } from './config.ts';
import type { OwnKey } from './http/own-key.ts';
import { hostsOf, inUrl, secureHosts } from './reach/addresses.ts';
import type { HttpsListener } from './reach/https-listener.ts';
import { isPrivate, lanAddresses } from './reach/own-names.ts';

/** What a teacher types into the IDE. Keys of MAI_KEY stay out, as this output may be kept; one that was made here is known from nowhere else. */
export function greeting(
  config: Config,
  port: number,
  https: Pick<HttpsListener, 'port' | 'problem' | 'authority' | 'givenNames'>,
  addresses = lanAddresses(),
  ownKey?: OwnKey,
): string[] {
  const [forPupils, forTeachers] = pathsOf(config, ownKey);
  const { own, others } = hostsOf(config.host, addresses);
  const isEverywhere = own !== config.host;
  return [
    ...ownLines(`http://${inUrl(own)}:${port}`, forPupils, forTeachers),
    ...secureLines(https, own, others, forPupils),
    ...(isEverywhere ? others : []).map(
      (address) =>
        `  from other computers, IDE from a page with http:      http://${inUrl(address)}:${port}${forPupils}`,
    ),
    ...authorityLines(https.authority(), `http://${inUrl(others[0] ?? own)}:${port}/trust`),
    ...warnings(config, https.problem(), ownKey),
  ];
}

function ownLines(base: string, forPupils: string, forTeachers: string): string[] {
  const lines = [
    `Type this address into the IDE: ${base}${forPupils}`,
    `Open it in a browser to see the class: ${base}${forTeachers}`,
  ];
  if (forPupils === forTeachers) return lines;
  return [
    ...lines,
    `  for pupils, who see their own projects there: ${base}${forPupils}`,
    "  Show no pupil an address with the teacher's key: whoever has it sees, stops and deletes everything.",
  ];
}

function secureLines(
  https: Pick<HttpsListener, 'port' | 'givenNames'>,
  own: string,
  others: readonly string[],
  path: string,
): string[] {
  const port = https.port();
  if (port === undefined) return [];
  const givenNames = https.givenNames();
  const mark = (host: string) =>
    givenNames !== undefined || isIP(host) === 0 || isPrivate(host)
      ? ''
      : '  (no private address, so not in the certificate: accept the warning)';
  const from = others.length > 0 ? 'from other computers, hosted IDE (a page with https):' : 'with https:';
  return secureHosts(givenNames, own, others).map(
    (host) => `  ${from} https://${inUrl(host)}:${port}${path}${mark(host)}`,
  );
}

function authorityLines(authority: ReturnType<HttpsListener['authority']>, trustPage: string): string[] {
  if (authority === undefined) return [];
  return [
    `  There, open ${trustPage} first: it says how the browser accepts the https address.`,
    `  Fingerprint of the certificate authority that /trust offers: ${authority.fingerprint256}`,
  ];
}

function warnings(config: Config, problem: string | undefined, ownKey: OwnKey | undefined): string[] {
  const lines: string[] = [];
  if (problem !== undefined) lines.push(`Warning: ${problem} http works.`);
  if (ownKey?.isKept === false)
    lines.push(
      `Warning: the disk is full, so the key above could not be kept in ${ownKey.path}: the next start makes another. Free some space, or set a key with MAI_KEY.`,
    );
  if (ownKey !== undefined)
    lines.push(
      `No key was set, so this server has one of its own${ownKey.isKept ? `, kept in ${ownKey.path}` : ''}. MAI_KEY sets another; MAI_KEY=open lets everybody in, without a key.`,
    );
  if (isOpen(config))
    lines.push(
      'Warning: every computer in the network may use this server, overwrite projects and delete them. Start it without MAI_KEY=open to ask for a key.',
    );
  if (config.keys.length === 0) lines.push('If your school hosts the IDE itself, list its address in MAI_ORIGINS.');
  return lines;
}

/** What the keys add to an address, for pupils and for teachers. */
function pathsOf({ keys }: Config, ownKey: OwnKey | undefined): readonly [pupils: string, teachers: string] {
  if (keys.length === 0) return ['', ''];
  const whole = `/w/${ownKey?.key ?? '<key>'}`;
  const hasPupils = keys.some(({ role }) => role === 'pupil');
  return hasPupils ? ["/w/<the pupils' key>", "/w/<the teacher's key>"] : [whole, whole];
}

function isOpen(config: Config): boolean {
  return config.keys.length === 0 && isReachedByOthers(config);
}
