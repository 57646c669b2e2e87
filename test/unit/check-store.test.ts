import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkStore } from '../../src/cluster/store/check-store.ts';
import { ConfigError, WrongSetting } from '../../src/errors.ts';
import { type MemoryStore, memoryStore } from '../helpers/memory-store.ts';

const ok = async () => 200;
const refusal = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('of the store'), { name, ...(httpStatusCode && { $metadata: { httpStatusCode } }) });

const failing = (error: Error): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

/** The sentence about a store that fails in one of the things that it is asked. */
async function said(error: Error, asked: 'list' | 'put' | 'remove' = 'put'): Promise<ConfigError> {
  const store: MemoryStore = {
    ...memoryStore(Date.now),
    [asked]: asked === 'list' ? () => failing(error) : () => Promise.reject(error),
  };
  return checkStore(store, ok).then(
    () => assert.fail('it was taken'),
    (refused: unknown) => refused as ConfigError,
  );
}

describe('a store at the start', () => {
  it('that does all it must is taken, and nothing stays there', async () => {
    const store = memoryStore(Date.now);
    await checkStore(store, ok);
    assert.deepEqual([store.asked, store.held.size], [['put', 'remove'], 0]);
  });

  for (const [name, status, sentence] of [
    ['NoSuchBucket', 404, /no bucket of the name in MAI_S3_BUCKET: make it/],
    ['InvalidAccessKeyId', 403, /does not know the key: correct MAI_S3_ACCESS_KEY_ID/],
    ['SignatureDoesNotMatch', 403, /correct MAI_S3_ACCESS_KEY_ID and MAI_S3_SECRET_ACCESS_KEY/],
    ['CredentialsProviderError', undefined, /no key for the store.*or give this computer a role/],
    ['AuthorizationHeaderMalformed', 400, /another region: set MAI_S3_REGION/],
    ['301', 301, /another region: set MAI_S3_REGION/],
    ['AccessDenied', 403, /refuses to put .*MAI_S3_BUCKET.*s3:PutObject is missing/],
    ['RequestTimeTooSkewed', 403, /clock of this computer/],
    ['MethodNotAllowed', 405, /no store of S3 that can be used \(put: MethodNotAllowed 405\): correct MAI_S3_ENDPOINT/],
  ] as const)
    it(`that says ${name} is refused for good, with what to do`, async () => {
      const error = await said(refusal(name, status));
      assert.match(error.message, sentence);
      assert.ok(error instanceof WrongSetting);
    });

  for (const error of [refusal('TimeoutError'), refusal('InternalError', 500), new Error('connect ECONNREFUSED')])
    it(`that fails with ${error.name} is refused, and may be tried again`, async () => {
      const refused = await said(error);
      assert.match(refused.message, /does not answer: start it, or correct MAI_S3_ENDPOINT/);
      assert.ok(refused instanceof ConfigError && !(refused instanceof WrongSetting));
    });

  it('says which right is missing', async () => {
    assert.match((await said(refusal('AccessDenied', 403), 'remove')).message, /refuses to delete.*s3:DeleteObject is/);
    assert.match((await said(refusal('AccessDenied', 403), 'list')).message, /refuses to list.*s3:ListBucket is/);
    const unreadable = checkStore(memoryStore(Date.now), async () => 403);
    await assert.rejects(unreadable, /refuses to read.*s3:GetObject is missing/);
  });
});
