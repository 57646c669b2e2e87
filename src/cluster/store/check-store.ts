import { createHash, randomBytes } from 'node:crypto';
import { ConfigError, WrongSetting } from '../../errors.ts';
import { within } from '../../promises.ts';
import { STORE_TIMES } from '../times.ts';
import type { BlobStore } from './blob-store.ts';

// Whether an object store can be used, tried at the start: list, put, read by an address, delete. What is wrong is said
// then: later it would only be seen in photos that take the other way.

/** What is tried, and the right that it needs. */
const STEPS = {
  list: 's3:ListBucket',
  put: 's3:PutObject',
  read: 's3:GetObject',
  delete: 's3:DeleteObject',
} as const;
type Step = keyof typeof STEPS;

/** Rejects with ConfigError. `fetchStatus`: the HTTP status of an address. */
export async function checkStore(store: BlobStore, fetchStatus = statusOf): Promise<void> {
  const content = randomBytes(32);
  const sha256 = createHash('sha256').update(content).digest('hex');
  await step('list', async () => void (await store.list()[Symbol.asyncIterator]().next()));
  const { keepsVersions } = await step('put', () => store.put(sha256, content));
  await step('read', async () => {
    const status = await fetchStatus(await store.addressOf(sha256));
    if (status !== 200) throw Object.assign(new Error(`status ${status}`), { $metadata: { httpStatusCode: status } });
  });
  await step('delete', () => store.remove(sha256));
  if (keepsVersions) throw new WrongSetting(VERSIONS);
}

async function step<Value>(name: Step, task: () => Promise<Value>): Promise<Value> {
  try {
    const running = task();
    if (!(await within(running, 2 * STORE_TIMES.answerMs))) throw new Error('no answer');
    return await running;
  } catch (error) {
    throw refusalOf(error, name);
  }
}

async function statusOf(address: string): Promise<number> {
  const response = await fetch(address, { signal: AbortSignal.timeout(STORE_TIMES.answerMs) });
  await response.arrayBuffer();
  return response.status;
}

const VERSIONS =
  'The bucket of MAI_S3_BUCKET keeps old versions, so deleted photos would stay in it: use a bucket without versioning.';

interface Reading {
  readonly codes: readonly string[];
  readonly sentence: string;
}

/** What stores say by the names that S3 has for it. */
const READINGS: readonly Reading[] = [
  {
    codes: ['NoSuchBucket', 'InvalidBucketName'],
    sentence: 'The store has no bucket of the name in MAI_S3_BUCKET: make it, or correct the name.',
  },
  {
    codes: ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken'],
    sentence:
      'The store of MAI_S3_BUCKET does not know the key: correct MAI_S3_ACCESS_KEY_ID and MAI_S3_SECRET_ACCESS_KEY.',
  },
  {
    codes: ['CredentialsProviderError', 'TokenProviderError'],
    sentence:
      'There is no key for the store of MAI_S3_BUCKET: set MAI_S3_ACCESS_KEY_ID and MAI_S3_SECRET_ACCESS_KEY, or give this computer a role.',
  },
  {
    codes: ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'],
    sentence: 'The bucket of MAI_S3_BUCKET is in another region: set MAI_S3_REGION to it.',
  },
  {
    codes: ['RequestTimeTooSkewed'],
    sentence: 'The clock of this computer differs from that of the store of MAI_S3_BUCKET: set it right.',
  },
];

/** Why the store cannot be used, and what to do. */
export function refusalOf(error: unknown, name: Step): ConfigError {
  const status = httpStatusOf(error);
  const code = status === 301 ? 'PermanentRedirect' : error instanceof Error ? error.name : '';
  const known = READINGS.find(({ codes }) => codes.includes(code));
  if (known !== undefined) return new WrongSetting(known.sentence);
  if (status === 401 || status === 403)
    return new WrongSetting(
      `The store refuses to ${name} in the bucket of MAI_S3_BUCKET: the key needs the rights ${Object.values(STEPS).join(', ')}, and ${STEPS[name]} is missing.`,
    );
  if (status !== undefined && status < 500)
    return new WrongSetting(
      `What answers for MAI_S3_BUCKET is no store of S3 that can be used (${name}: ${code} ${status}): correct MAI_S3_ENDPOINT.`,
    );
  // it may be back soon
  return new ConfigError(
    'The store of MAI_S3_BUCKET does not answer: start it, or correct MAI_S3_ENDPOINT (where that is not set, MAI_S3_REGION).',
  );
}

function httpStatusOf(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
