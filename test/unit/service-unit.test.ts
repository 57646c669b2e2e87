import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { helpText } from '../../src/config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const UNIT = join(root, 'deploy', 'kidbright-mai.service');
/** Of 100; 14 as it is. systemd calls up to 20 "OK". */
const MAX_EXPOSURE = 14;
/** The first version that looks at a file without a running systemd. */
const FIRST_VERSION = 250;

const text = readFileSync(UNIT, 'utf8');
const valuesOf = (name: string) =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

function systemdVersion(): number {
  const { stdout } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  return Number(/^systemd (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

const version = systemdVersion();
const skip =
  version === 0
    ? 'systemd-analyze is not there'
    : version < FIRST_VERSION && `systemd ${version} cannot look at a file; ${FIRST_VERSION} can`;

describe('the unit file of systemd', () => {
  it('leaves the service little that it could do harm with', { skip }, () => {
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', `--threshold=${MAX_EXPOSURE}`, '--no-pager', UNIT],
      { encoding: 'utf8' },
    );
    assert.equal(
      status,
      0,
      stdout
        .split('\n')
        .filter((line) => line.startsWith('✗') || line.includes('→'))
        .join('\n'),
    );
  });

  it('starts a program of this repository, with settings that it knows', () => {
    const [, program = ''] = /^\/usr\/bin\/node (\S+)$/.exec(valuesOf('ExecStart')[0] ?? '') ?? [];
    assert.ok(existsSync(join(root, program)), program);
    const names = valuesOf('Environment').flatMap((value) =>
      [...value.matchAll(/(MAI_\w+)=/g)].map(([, name]) => name),
    );
    assert.deepEqual(names, ['MAI_PROJECTS_DIR']);
    for (const name of names) assert.ok(helpText().includes(`${name} `), name);
  });

  it('keeps the projects in the one folder that it may write, which nobody else can read', () => {
    const [folder] = valuesOf('StateDirectory');
    assert.ok(valuesOf('Environment').join(' ').includes(`MAI_PROJECTS_DIR=/var/lib/${folder}/`));
    assert.deepEqual(
      [valuesOf('ProtectSystem'), valuesOf('StateDirectoryMode'), valuesOf('UMask')],
      [['strict'], ['0700'], ['0077']],
    );
  });

  it('lets the server stop in order, and lives on when the system ends one training for its memory', () => {
    assert.deepEqual([valuesOf('KillMode'), valuesOf('OOMPolicy')], [['mixed'], ['continue']]);
    assert.ok(Number(valuesOf('TimeoutStopSec')[0]) > 9.5, 'longer than the server takes at most');
  });
});
