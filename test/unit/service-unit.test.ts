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

/** Every line that takes a right away, and what would be open without it. systemd's figure does not miss all of them. */
const HARDENING: Readonly<Record<string, readonly [values: readonly string[], without: string]>> = {
  User: [['kidbright-mai'], 'it runs as root'],
  Group: [['kidbright-mai'], 'its files belong to the group of root'],
  StateDirectoryMode: [['0700'], 'every user of the computer reads the photos'],
  UMask: [['0077'], 'what it writes can be read by others, wherever it is moved'],
  ProtectSystem: [['strict'], 'it may change the program that it runs'],
  ProtectHome: [['yes'], 'it reads the homes of people'],
  PrivateTmp: [['yes'], 'other programs see uploads on their way in, and it sees their files'],
  ProtectProc: [['invisible'], 'it reads the settings and keys of other services'],
  ProtectClock: [['yes'], 'it sets the clock'],
  ProtectHostname: [['yes'], 'it renames the computer'],
  ProtectKernelLogs: [['yes'], 'it reads what the kernel says'],
  ProtectKernelModules: [['yes'], 'it loads code into the kernel'],
  ProtectKernelTunables: [['yes'], 'it changes how the kernel works'],
  ProtectControlGroups: [['yes'], 'it takes the room of other services'],
  PrivateDevices: [['yes'], 'it reads disks and cameras'],
  DevicePolicy: [['closed'], 'a device that is added to the list above opens the others too'],
  NoNewPrivileges: [['yes'], 'a program with a set-user-id bit makes it root'],
  CapabilityBoundingSet: [[''], 'a fault in it may get the rights of root'],
  AmbientCapabilities: [[''], 'it begins with rights of root'],
  PrivateUsers: [['yes'], 'it sees who else there is'],
  RestrictSUIDSGID: [['yes'], 'it leaves programs that run as their owner'],
  RestrictRealtime: [['yes'], 'it takes the processor from everybody'],
  RestrictNamespaces: [['yes'], 'it makes a world of its own with more rights in it'],
  LockPersonality: [['yes'], 'it runs code of other systems'],
  RemoveIPC: [['yes'], 'it leaves shared memory behind'],
  RestrictAddressFamilies: [['AF_UNIX AF_INET AF_INET6 AF_NETLINK'], 'it sends what no firewall looks at'],
  SystemCallArchitectures: [['native'], 'the filter below is passed by with calls of 32 bits'],
  SystemCallFilter: [['@system-service', '~@privileged'], 'it asks the kernel for what no server needs'],
};
/** Lines of [Service] that say what runs and how, and take nothing away. */
const RUNNING =
  /^(?:WorkingDirectory|Environment|EnvironmentFile|ExecStart|StateDirectory|KillMode|TimeoutStopSec|Restart|RestartSec|RestartPreventExitStatus|OOMPolicy|LimitNOFILE|SystemCallErrorNumber)$/;

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

  for (const [name, [values, without]] of Object.entries(HARDENING))
    it(`has ${name}: without it ${without}`, () => assert.deepEqual(valuesOf(name), values));

  it('has no other line that a test does not know', () => {
    const [, service = ''] = /^\[Service\]\n(.*?)^\[/ms.exec(text) ?? [];
    const names = [...service.matchAll(/^(\w+)=/gm)].map(([, name = '']) => name);
    assert.ok(names.length > Object.keys(HARDENING).length);
    assert.deepEqual(
      names.filter((name) => !RUNNING.test(name) && !(name in HARDENING)),
      [],
    );
  });

  it('has no line that systemd does not understand and passes over', { skip }, () => {
    // what the lines name is not on this computer: that alone is no mistake of the file
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', UNIT], { encoding: 'utf8' });
    assert.doesNotMatch(stderr, /kidbright-mai\.service:\d+:/);
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

  it('comes back after a fault, has files for the streams of a school, and hears of a call that is refused', () => {
    const values = ['Restart', 'RestartSec', 'LimitNOFILE', 'SystemCallErrorNumber'].flatMap(valuesOf);
    assert.deepEqual(values, ['on-failure', '2', '65536', 'EPERM']);
  });

  it('does not come back where a setting is wrong, as the server says it by its exit status', () => {
    const server = readFileSync(join(root, 'src', 'server.ts'), 'utf8');
    assert.deepEqual(valuesOf('RestartPreventExitStatus'), [/EXIT_SETTINGS = (\d+);/.exec(server)?.[1]]);
  });

  it('the part for a GPU gives devices, and nothing else', () => {
    const gpu = readFileSync(join(root, 'deploy', 'gpu.conf'), 'utf8');
    const names = [...gpu.matchAll(/^(\w+)=/gm)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(names)].sort(), ['DeviceAllow', 'PrivateDevices']);
    assert.match(gpu, /^DeviceAllow=char-nvidia rw$/m);
  });
});
