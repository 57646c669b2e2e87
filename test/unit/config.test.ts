import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { helpText, loadConfig, needsKey, workspacesOf } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

const LONG = 'river-candle-tiger';
const OTHER = 'forest-lemon-drum';

test('without any variable the server is for this computer alone, without keys', () => {
  const config = loadConfig({});
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 5000);
  assert.equal(config.projectsDir, resolve('projects'));
  assert.deepEqual(config.keys, []);
  assert.ok(Object.isFrozen(config));
});

test('without any variable there are limits, and the device is chosen', () => {
  const config = loadConfig({});
  assert.equal(config.maxUploadBytes, 512_000_000);
  assert.ok(config.maxUnpackedBytes <= 1_000_000_000 && config.maxFiles <= 50_000);
  assert.deepEqual(
    [config.device, config.slots, config.weightsDir, config.missingWeights],
    ['auto', undefined, undefined, 'substitute'],
  );
});

test('an empty variable counts as not set, spaces around a value do not matter', () => {
  const config = loadConfig({ MAI_KEY: '', MAI_PORT: ' 0 ', MAI_SLOTS: '' });
  assert.deepEqual([config.port, config.keys, config.slots], [0, [], undefined]);
});

test('https: on 5443 where other computers are let in, off for this one alone; a free port with MAI_PORT=0; off is off', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, number | undefined])[] = [
    [{}, undefined],
    [{ MAI_HOST: 'localhost' }, undefined],
    [{ MAI_HOST: '127.0.0.2' }, undefined],
    [{ MAI_HOST: '::1' }, undefined],
    [{ MAI_HTTPS_PORT: '5443' }, 5443],
    [{ MAI_HTTPS_PORT: '0' }, 0],
    [{ MAI_HOST: '0.0.0.0' }, 5443],
    [{ MAI_HOST: '::' }, 5443],
    [{ MAI_HOST: '192.168.1.7', MAI_HTTPS_PORT: '' }, 5443],
    [{ MAI_HOST: '0.0.0.0', MAI_PORT: '0' }, 0],
    [{ MAI_HOST: '0.0.0.0', MAI_PORT: '0', MAI_HTTPS_PORT: '8443' }, 8443],
    [{ MAI_HOST: '0.0.0.0', MAI_HTTPS_PORT: 'off' }, undefined],
  ];
  for (const [environment, port] of cases)
    assert.equal(loadConfig(environment).httpsPort, port, JSON.stringify(environment));
  const { tlsCert, tlsKey } = loadConfig({ MAI_TLS_CERT: 'a.crt', MAI_TLS_KEY: '' });
  assert.deepEqual([tlsCert, tlsKey], [resolve('a.crt'), undefined]);
});

test('keys: one for the default workspace, or several with names', () => {
  assert.deepEqual(workspacesOf(loadConfig({ MAI_KEY: 's3cret-s3cret' })), ['']);
  assert.deepEqual(loadConfig({ MAI_KEY: '7a:one-one-one-, 7b:two-two-two-' }).keys, [
    { workspace: '7a', key: 'one-one-one-' },
    { workspace: '7b', key: 'two-two-two-' },
  ]);
  assert.deepEqual(workspacesOf(loadConfig({})), ['']);
});

test('keys for a teacher and for pupils open the same classroom', () => {
  const config = loadConfig({ MAI_KEY: `teacher:7a:${LONG}, pupil:7a:${OTHER},7b:one-one-one-,teacher:two-two-two-` });
  assert.deepEqual(config.keys, [
    { workspace: '7a', key: LONG, role: 'teacher' },
    { workspace: '7a', key: OTHER, role: 'pupil' },
    { workspace: '7b', key: 'one-one-one-' },
    { workspace: 'teacher', key: 'two-two-two-' },
  ]);
  assert.deepEqual(workspacesOf(config), ['7a', '7b', 'teacher']);
  const nameless = loadConfig({ MAI_KEY: `teacher::${LONG},pupil::${OTHER},7b:one-one-one-` });
  assert.deepEqual(
    nameless.keys.map(({ workspace, role }) => [workspace, role]),
    [
      ['', 'teacher'],
      ['', 'pupil'],
      ['7b', undefined],
    ],
  );
});

for (const [value, said] of [
  [`head:7a:${LONG}`, /teacher or pupil/],
  [`teacher:7a:${LONG}:x`, /teacher or pupil/],
  [`pupil:7a:${LONG}`, /no teacher's/],
  [`7a:${LONG},pupil:7a:${OTHER}`, /with and without a role/],
  [`teacher:7a:${LONG},teacher:7a:${OTHER}`, /a name twice/],
  [`teacher:7A:${LONG},pupil:7a:${OTHER}`, /a name twice/],
  [`teacher:7a:${LONG},pupil:7a:${LONG}`, /a key twice.*teacher/],
  [`pupil::${LONG}`, /without a name and no teacher's.*add teacher::another/],
  [`teacher::${LONG},teacher::${OTHER}`, /a name twice/],
  [`:${LONG}`, /a name that cannot be used/],
  [`teacher: :${LONG}`, /a name that cannot be used/],
  [`teacher:7a:short`, /fewer than 12/],
] as const)
  test(`MAI_KEY=${value} says what is wrong with it`, () => {
    assert.throws(
      () => loadConfig({ MAI_KEY: value }),
      (error: unknown) =>
        error instanceof ConfigError &&
        said.test(error.message) &&
        !error.message.includes(LONG) &&
        /^MAI_KEY [^\n]+\.$/.test(error.message),
    );
  });

test('a key alone opens the default workspace', () => {
  assert.equal(loadConfig({ MAI_KEY: LONG }).keys[0]?.role, undefined);
});

test('who may ask: names, origins as browsers send them, proxies', () => {
  const config = loadConfig({
    MAI_HOSTS: 'MAI.School.th., mai.local',
    MAI_ORIGINS: 'https://IDE.school.th:443/, http://10.0.0.7:8080,null,capacitor://localhost',
    MAI_TRUST_PROXY: '127.0.0.1, 10.1.2.0/24,fd00::/8',
  });
  assert.deepEqual(config.hosts, ['mai.school.th', 'mai.local']);
  for (const name of ['โรงเรียน.ไทย', 'ครูสมชาย', 'ที่บ้าน.local.', 'MÜNCHEN.example', 'my_host']) {
    const [host = ''] = loadConfig({ MAI_HOSTS: name }).hosts;
    assert.equal(
      host,
      name === 'my_host' ? name : new URL(`http://${name}`).hostname.replace(/\.$/, ''),
      'as a browser sends it',
    );
  }
  assert.deepEqual(config.origins, ['https://ide.school.th', 'http://10.0.0.7:8080', 'null', 'capacitor://localhost']);
  assert.deepEqual(config.trustProxy, ['127.0.0.1', '10.1.2.0/24', 'fd00::/8']);
  for (const off of ['', '0']) assert.deepEqual(loadConfig({ MAI_TRUST_PROXY: off }).trustProxy, []);
});

test('a key of fewer than 12 characters is refused with what to do; open is no key at all', () => {
  assert.throws(() => loadConfig({ MAI_KEY: 'elevenchars' }), /fewer than 12 characters.*longer/);
  assert.equal(loadConfig({ MAI_KEY: 'twelve-chars' }).keys.length, 1);
  assert.deepEqual(
    [
      loadConfig({ MAI_KEY: ' open ' }).keys,
      loadConfig({ MAI_KEY: 'open' }).openToAll,
      loadConfig({}).openToAll,
      loadConfig({ MAI_KEY: LONG }).openToAll,
    ],
    [[], true, false, false],
  );
});

test('a container is given every setting but those that its image fixes, and README describes each', () => {
  const here = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  const fixed = ['MAI_PROJECTS_DIR', 'MAI_WEIGHTS_DIR', 'MAI_PYTHON', 'MAI_PYTHON_PLUS', 'MAI_TORCH'];
  for (const [name = ''] of helpText().matchAll(/\b(?:MAI|LOG)_[A-Z_]+\b/g)) {
    if (!fixed.includes(name)) assert.match(here('docker-compose.yml'), new RegExp(`^ +${name}: `, 'm'));
    assert.match(here('README.md'), new RegExp(`^\\| \`${name}\` `, 'm'));
  }
});

test('a server that others reach needs a key, also where a proxy of this computer lets them in', () => {
  const needs = (environment: Record<string, string>) => needsKey(loadConfig(environment));
  assert.deepEqual(
    [
      {},
      { MAI_HOST: 'localhost' },
      { MAI_HOST: '0.0.0.0' },
      { MAI_TRUST_PROXY: '127.0.0.1' },
      { MAI_TRUST_PROXY: '10.0.0.0/8' },
    ].map(needs),
    [false, false, true, true, true],
  );
  assert.deepEqual(
    [
      { MAI_TRUST_PROXY: '127.0.0.1', MAI_KEY: 'open' },
      { MAI_HOST: '::', MAI_KEY: 'open' },
      { MAI_HOST: '::', MAI_KEY: 'three-short-words' },
    ].map(needs),
    [false, false, false],
  );
});
