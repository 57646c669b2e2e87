import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn1 from '@peculiar/asn1-x509';
import type { OwnNames } from './own-names.ts';
import { PRIVATE_NETWORKS } from './own-names.ts';

// Makes certificates for https. Keys and signatures are Node's own; the package only writes the structures of
// RFC 5280 as bytes. Import this file only when a certificate has to be made: most starts find theirs on disk.

/** A certificate and the key it belongs to, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export const DAY_MS = 86_400_000;
/** Apple refuses longer ones. */
const LEAF_DAYS = 397;
const AUTHORITY_DAYS = 3_650;
/** Clocks of school computers differ; what was made now is valid for one that is late, too. */
const BACKDATED_MS = DAY_MS;
const ECDSA_WITH_SHA256 = new asn1.AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });

/**
 * The authority of this installation. Whoever trusts it trusts it for private addresses and the names of this
 * computer only, so that a stolen key opens no bank.
 */
export function makeAuthority({ names }: Pick<OwnNames, 'names'>, now: number): KeyedCertificate {
  const key = newKey();
  const computer = names.find((name) => name.endsWith('.local')) ?? 'localhost';
  // the random part tells this authority from an older one of the same computer
  const subject = nameOf(
    `KidBright mAI ${computer.replace(/\.local$/, '').slice(0, 40)} ${randomBytes(2).toString('hex')}`,
  );
  const permitted = [
    ...names.map((dNSName) => new asn1.GeneralName({ dNSName })),
    ...PRIVATE_NETWORKS.map((iPAddress) => new asn1.GeneralName({ iPAddress })),
  ];
  const constraints = new asn1.NameConstraints({
    permittedSubtrees: new asn1.GeneralSubtrees(permitted.map((base) => new asn1.GeneralSubtree({ base }))),
  });
  return signed({
    subject,
    issuer: subject,
    key,
    signer: key,
    validity: validity(now, AUTHORITY_DAYS),
    extensions: [
      extension(asn1.id_ce_basicConstraints, new asn1.BasicConstraints({ cA: true, pathLenConstraint: 0 }), 'critical'),
      extension(asn1.id_ce_keyUsage, new asn1.KeyUsage(asn1.KeyUsageFlags.keyCertSign), 'critical'),
      extension(asn1.id_ce_nameConstraints, constraints, 'critical'),
      extension(asn1.id_ce_extKeyUsage, new asn1.ExtendedKeyUsage([asn1.id_kp_serverAuth])),
    ],
  });
}

/** The certificate that the server shows, signed by the authority. Every name must be one that the authority may sign. */
export function makeLeaf(
  { names, addresses }: OwnNames,
  authority: { readonly certificate: string; readonly key: KeyObject },
  now: number,
): KeyedCertificate {
  const issuer = AsnConvert.parse(derOf(authority.certificate), asn1.Certificate).tbsCertificate;
  const own = validity(now, LEAF_DAYS);
  const end = new Date(Math.min(own.notAfter.getTime().getTime(), issuer.validity.notAfter.getTime().getTime()));
  const alternatives = [
    ...names.map((dNSName) => new asn1.GeneralName({ dNSName })),
    ...addresses.map((iPAddress) => new asn1.GeneralName({ iPAddress })),
  ];
  return signed({
    subject: nameOf('KidBright mAI server'),
    issuer: issuer.subject,
    key: newKey(),
    signer: authority.key,
    validity: new asn1.Validity({ notBefore: own.notBefore.getTime(), notAfter: end }),
    extensions: [
      extension(asn1.id_ce_basicConstraints, new asn1.BasicConstraints({ cA: false }), 'critical'),
      extension(asn1.id_ce_keyUsage, new asn1.KeyUsage(asn1.KeyUsageFlags.digitalSignature), 'critical'),
      extension(asn1.id_ce_extKeyUsage, new asn1.ExtendedKeyUsage([asn1.id_kp_serverAuth])),
      extension(asn1.id_ce_subjectAltName, new asn1.SubjectAlternativeName(alternatives)),
    ],
  });
}

/** Which of these names the authority may sign; its limits were fixed when it was made, and a computer can be renamed. */
export function permittedNames(certificate: string, { names, addresses }: OwnNames): OwnNames {
  const { extensions = [] } = AsnConvert.parse(derOf(certificate), asn1.Certificate).tbsCertificate;
  const found = extensions.find(({ extnID }) => extnID === asn1.id_ce_nameConstraints);
  const subtrees =
    found === undefined
      ? []
      : [...(AsnConvert.parse(found.extnValue.buffer, asn1.NameConstraints).permittedSubtrees ?? [])];
  const permitted = subtrees.map(({ base }) => base.dNSName ?? '');
  return { names: names.filter((name) => permitted.includes(name)), addresses };
}

interface Parts {
  readonly subject: asn1.Name;
  readonly issuer: asn1.Name;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly validity: asn1.Validity;
  readonly extensions: readonly asn1.Extension[];
}

function signed({ subject, issuer, key, signer, validity, extensions }: Parts): KeyedCertificate {
  const tbsCertificate = new asn1.TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: serialNumber(),
    signature: ECDSA_WITH_SHA256,
    issuer,
    validity,
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKeyOf(key), asn1.SubjectPublicKeyInfo),
    extensions: new asn1.Extensions([
      ...extensions,
      extension(asn1.id_ce_subjectKeyIdentifier, new asn1.SubjectKeyIdentifier(keyId(key))),
      extension(
        asn1.id_ce_authorityKeyIdentifier,
        new asn1.AuthorityKeyIdentifier({ keyIdentifier: new asn1.KeyIdentifier(keyId(signer)) }),
      ),
    ]),
  });
  const signatureValue = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), signer);
  const certificate = new asn1.Certificate({
    tbsCertificate,
    signatureAlgorithm: ECDSA_WITH_SHA256,
    signatureValue: bytesOf(signatureValue),
  });
  return {
    certificate: pemOf(Buffer.from(AsnConvert.serialize(certificate))),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extension(extnID: string, value: object, critical?: 'critical'): asn1.Extension {
  return new asn1.Extension({
    extnID,
    critical: critical !== undefined,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function nameOf(commonName: string): asn1.Name {
  const value = new asn1.AttributeValue({ utf8String: commonName });
  return new asn1.Name([
    new asn1.RelativeDistinguishedName([new asn1.AttributeTypeAndValue({ type: '2.5.4.3', value })]),
  ]);
}

function validity(now: number, days: number): asn1.Validity {
  const from = now - BACKDATED_MS;
  return new asn1.Validity({ notBefore: new Date(from), notAfter: new Date(from + days * DAY_MS) });
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function keyId(key: KeyObject): ArrayBuffer {
  return bytesOf(createHash('sha256').update(publicKeyOf(key)).digest().subarray(0, 20));
}

/** Positive and without a leading zero, as DER asks. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytesOf(bytes);
}

function bytesOf(buffer: Buffer): ArrayBuffer {
  return Uint8Array.from(buffer).buffer;
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function derOf(pem: string): Buffer {
  return Buffer.from(/-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem)?.[1] ?? '', 'base64');
}
