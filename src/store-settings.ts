import { baseAddress } from './access-settings.ts';
import { optional, type Read, refuse, type Setting, setting } from './setting-values.ts';

// The settings of an object store, which web servers may use on the way of photos to workers without the folder.

export interface StoreSettings {
  readonly bucket: string;
  /** Undefined: that of AWS in the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Before the name of each thing in the bucket. */
  readonly prefix: string;
  /** Both, or none: then the client looks where it always does (environment, profile, role of the computer). */
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
}

export const STORE_SETTINGS = {
  s3Bucket: setting(
    'MAI_S3_BUCKET',
    '',
    'for web servers with MAI_CLUSTER_KEY: bucket of an S3 store through which workers get photos (unset: from the web servers; see docs/cluster.md)',
    optional(matching(/^[A-Za-z0-9][A-Za-z0-9._-]{2,62}$/, 'the name of a bucket, such as school-photos')),
  ),
  s3Endpoint: setting(
    'MAI_S3_ENDPOINT',
    '',
    'http://host:port or https://host:port of the store, as web servers and workers reach it (unset: AWS)',
    optional(baseAddress),
  ),
  s3Region: setting(
    'MAI_S3_REGION',
    'us-east-1',
    'region of the bucket',
    matching(/^[A-Za-z0-9-]{1,64}$/, 'the name of a region, such as ap-southeast-1'),
  ),
  s3Prefix: setting(
    'MAI_S3_PREFIX',
    'kidbright-mai/',
    'how the names of all photos in the bucket begin',
    matching(/^[A-Za-z0-9][A-Za-z0-9/._-]{0,199}$/, 'letters, digits, /, ., _ or -, such as kidbright-mai/'),
  ),
  s3AccessKeyId: setting(
    'MAI_S3_ACCESS_KEY_ID',
    '',
    'key of the store (unset: from where the client of AWS takes it, such as the role of the computer)',
    optional(word),
  ),
  s3SecretAccessKey: setting('MAI_S3_SECRET_ACCESS_KEY', '', 'its secret part', optional(word)),
};

/** Undefined: there is no store. A worker does not need to know it, but may be given the same settings. */
export function storeOf(
  value: <Value>(setting: Setting<Value>) => Value,
  role: string,
  clusterKey: string | undefined,
): StoreSettings | undefined {
  const { s3Bucket, s3Endpoint, s3Region, s3Prefix, s3AccessKeyId, s3SecretAccessKey } = STORE_SETTINGS;
  const bucket = value(s3Bucket);
  const region = value(s3Region);
  const prefix = value(s3Prefix);
  const [endpoint, accessKeyId, secretAccessKey] = [s3Endpoint, s3AccessKeyId, s3SecretAccessKey].map(value);
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    refuse(
      `${accessKeyId === undefined ? s3SecretAccessKey.name : s3AccessKeyId.name} is set alone: a key of the store has both parts, ${s3AccessKeyId.name} and ${s3SecretAccessKey.name}.`,
    );
  if (bucket === undefined) {
    const [lonely] = [s3Endpoint, s3AccessKeyId].filter((one) => value(one) !== undefined);
    return lonely && refuse(`${lonely.name} is set: that needs ${s3Bucket.name}, the bucket of the store.`);
  }
  if (clusterKey === undefined && role !== 'worker')
    refuse(`${s3Bucket.name} is set: that needs MAI_CLUSTER_KEY, as only workers that have it fetch photos.`);
  return { bucket, endpoint, region, prefix, accessKeyId, secretAccessKey };
}

function matching(pattern: RegExp, what: string): Read<string> {
  return (text, name) => (pattern.test(text) ? text : refuse(`${name} is "${text}": it must be ${what}.`));
}

/** The sentence does not hold it: it may be a secret. */
function word(text: string, name: string): string {
  return /^[!-~]{1,256}$/.test(text) ? text : refuse(`${name} must be letters, digits and signs without blanks.`);
}
