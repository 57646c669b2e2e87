import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText, loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

const LONG = 'river-candle-tiger';
const OTHER = 'forest-lemon-drum';

const WRONG: Readonly<Record<string, readonly string[]>> = {
  MAI_PORT: ['x', '70000', '-1', '1.5', '5000x'],
  MAI_HTTPS_PORT: ['x', '70000', '-1', 'on'],
  MAI_HOST: ['a b', 'http://x/'],
  MAI_DEVICE: ['gpu', 'cuda:x'],
  MAI_REDIS: ['127.0.0.1:6379', 'redis://', 'http://host', 'yes'],
  MAI_ROLE: ['web', 'worker', 'trainer'],
  MAI_CLUSTER_KEY: ['short', 'nineteen-characters', 'a key with blanks in it', 'river-candle-tiger-lemon'],
  MAI_CLUSTER_ADDRESS: ['10.0.0.5:5000', 'redis://host', 'http://host/path'],
  MAI_S3_BUCKET: ['a', 'two words', 's3://photos', 'school-photos'],
  MAI_S3_ENDPOINT: ['10.0.0.9:9000', 'http://10.0.0.9:9000/photos', 'http://10.0.0.9:9000'],
  MAI_S3_REGION: ['two words'],
  MAI_S3_PREFIX: ['/photos', 'a b'],
  MAI_S3_ACCESS_KEY_ID: ['a key', 'key-without-secret'],
  MAI_S3_SECRET_ACCESS_KEY: ['a secret', 'secret-without-key'],
  MAI_CACHE_DIR: ['package.json'],
  MAI_CACHE_MB: ['0', 'much'],
  MAI_SLOTS: ['0', 'many'],
  MAI_MISSING_WEIGHTS: ['maybe'],
  MAI_MAX_UPLOAD_MB: ['0', '1e3', '12 MB'],
  MAI_MAX_UNPACKED_MB: ['-5'],
  MAI_MAX_FILES: ['0'],
  MAI_KEEP_DAYS: ['0', '7', 'month'],
  MAI_QUOTA_MB: ['0', 'much', '1.5'],
  MAI_QUOTA_PROJECTS: ['0', '-1'],
  MAI_TRUST_PROXY: [
    '1',
    'yes',
    'true',
    'loopback',
    '127.0.0.1:80',
    '10.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '127.0.0.1,1',
  ],
  MAI_HOSTS: ['http://mai.school.th', 'mai.school.th:5000', 'a b', '*'],
  MAI_ORIGINS: ['ide.school.th', 'https://ide.school.th/ide', 'https://*.school.th', '*', 'https://a@b', 'https://'],
  MAI_PROJECTS_DIR: ['package.json', 'package.json/projects'],
  MAI_WEIGHTS_DIR: ['package.json'],
  LOG_LEVEL: ['loud'],
  MAI_METRICS: ['on', 'elevenchars', 'twelve chars', 'ก'.repeat(12)],
  MAI_KEY: [
    'a/b-a/b-a/b-a/b',
    `${LONG},${OTHER}`,
    `7a:${LONG},${OTHER}`,
    `7a:${LONG},7a:${OTHER}`,
    `7A:${LONG},7a:${OTHER}`,
    `7a:${LONG},7b:${LONG}`,
    `a:${LONG}:c`,
    `:${LONG}`,
    'x:',
    `7 a:${LONG}`,
    '............',
    'short',
    'elevenchars',
    `7a:${LONG},7b:short`,
    'Open',
    'open,open',
  ],
};

for (const [name, values] of Object.entries(WRONG)) {
  for (const value of values) {
    test(`${name}=${value} stops the start with one sentence that names it`, () => {
      assert.throws(
        () => loadConfig({ [name]: value }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, new RegExp(`^${name} [^\\n]+\\.$`));
          return true;
        },
      );
    });
  }
}

test('a refused key is not in the sentence', () => {
  assert.throws(
    () => loadConfig({ MAI_KEY: 'hidden/one' }),
    (error: unknown) => error instanceof ConfigError && !error.message.includes('hidden'),
  );
  assert.throws(
    () => loadConfig({ MAI_CLUSTER_KEY: 'hidden' }),
    (error: unknown) => error instanceof ConfigError && !error.message.includes('hidden'),
  );
  assert.throws(
    () => loadConfig({ MAI_METRICS: 'hidden' }),
    (error: unknown) => error instanceof ConfigError && !error.message.includes('hidden'),
  );
  for (const key of ['hidden', 'hidden one'])
    assert.throws(
      () => loadConfig({ MAI_S3_SECRET_ACCESS_KEY: key }),
      (error: unknown) => error instanceof ConfigError && !error.message.includes('hidden'),
    );
});

test('a store of S3 is for web servers that give photos to workers', () => {
  const bucket = { MAI_REDIS: 'redis://10.0.0.5', MAI_S3_BUCKET: 'school-photos' };
  assert.throws(() => loadConfig(bucket), /MAI_S3_BUCKET is set: that needs MAI_CLUSTER_KEY/);
  const key = { MAI_S3_ACCESS_KEY_ID: 'a', MAI_S3_SECRET_ACCESS_KEY: 'b' };
  assert.throws(() => loadConfig(key), /MAI_S3_ACCESS_KEY_ID is set: that needs MAI_S3_BUCKET/);
  // a worker that mounts the folder may have the same settings
  assert.equal(loadConfig({ ...bucket, MAI_ROLE: 'worker' }).s3?.bucket, 'school-photos');
  const whole = {
    ...bucket,
    MAI_CLUSTER_KEY: 'a-key-of-a-cluster-in-a-test',
    MAI_S3_ENDPOINT: 'http://10.0.0.9:9000/',
  };
  const { endpoint, region, prefix, accessKeyId } = loadConfig(whole).s3 ?? assert.fail('there is none');
  assert.deepEqual(
    [endpoint, region, prefix, accessKeyId],
    ['http://10.0.0.9:9000', 'us-east-1', 'kidbright-mai/', undefined],
  );
  assert.equal(loadConfig({}).s3, undefined);
});

test('the help names every variable', () => {
  for (const name of [...Object.keys(WRONG), 'MAI_PYTHON', 'MAI_TORCH'])
    assert.ok(helpText().includes(`${name} `), name);
});
