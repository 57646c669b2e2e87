import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { helpText } from '../../src/config.ts';
import { SERVER_TIMES } from '../../src/time-limits.ts';

// No cluster of Kubernetes runs in the tests: what can be checked without one is that the example fits image, settings
// and routes.

const example = readFileSync('deploy/kubernetes.yaml', 'utf8');
const image = readFileSync('Dockerfile', 'utf8');
const compose = readFileSync('docker-compose.yml', 'utf8');

/** `Deployment/web` → its text. */
const resources: ReadonlyMap<string, string> = new Map(
  example.split(/^---$/m).map((text) => {
    const kind = /^kind: (\w+)$/m.exec(text)?.[1];
    const name = /^(?:metadata: \{ name: | {2}name: )([\w-]+)/m.exec(text)?.[1];
    return [`${kind}/${name}`, text] as const;
  }),
);
const pods = ['Deployment/web', 'Deployment/worker'].map((name) => [name, resources.get(name) ?? ''] as const);

describe('the example for Kubernetes', () => {
  it('sets only what the server knows', () => {
    const names = [...example.matchAll(/MAI_[A-Z_]+/g)].map(([name]) => name);
    assert.ok(names.length > 8);
    for (const name of names) assert.match(helpText(), new RegExp(`^ *${name} `, 'm'));
  });

  it('runs as the user of the image, on its folder and its port', () => {
    const [, user] = /useradd --uid (\d+)/.exec(image) ?? [];
    const [, folder] = /^VOLUME (\S+)$/m.exec(image) ?? [];
    for (const [name, text] of pods) {
      assert.ok(text.includes(`runAsNonRoot: true, runAsUser: ${user}, fsGroup: ${user}`), name);
      assert.ok(text.includes(`name: projects, mountPath: ${folder} }`), name);
    }
    assert.match(image, /MAI_PORT=5000 /);
    assert.deepEqual(
      [...new Set([...example.matchAll(/(?:port|number|containerPort): (\d+)/g)].map(([, port]) => port))],
      ['6379', '5000'],
    );
  });

  it('asks at the routes for it whether a web server lives and may be sent requests, and a worker at none', () => {
    const probes = (text = '') =>
      [...text.matchAll(/(\w+)Probe: \{ httpGet: \{ path: (\S+),/g)].map(([, ...rest]) => rest);
    const health = readFileSync('src/admin/health-routes.ts', 'utf8');
    assert.deepEqual(probes(pods[0]?.[1]), [
      ['liveness', '/healthz'],
      ['readiness', '/readyz'],
    ]);
    for (const [, path] of probes(pods[0]?.[1])) assert.ok(health.includes(`'${path}'`), path);
    assert.doesNotMatch(pods[1]?.[1] ?? '', /Probe:/);
  });

  it('gives every process the same settings and keys, and time to stop', () => {
    for (const [name, text] of pods) {
      assert.match(
        text,
        /envFrom: \[\{ configMapRef: \{ name: kidbright-mai \} \}, \{ secretRef: \{ name: kidbright-mai \} \}\]/,
      );
      const [, seconds] = /terminationGracePeriodSeconds: (\d+)/.exec(text) ?? [];
      assert.ok(Number(seconds) * 1000 > SERVER_TIMES.stopLimitMs, name);
      assert.ok(text.includes(`{ name: MAI_ROLE, value: ${name.split('/')[1]} }`), name);
    }
  });

  it('has a Redis as Compose has it, which the server alone reaches', () => {
    const [, flags = ''] = /redis-server --bind \S+ --port \S+ (.*)$/m.exec(compose) ?? [];
    const [, args = ''] = /args: \[redis-server, (.*)\]/.exec(resources.get('StatefulSet/redis') ?? '') ?? [];
    assert.equal(args.replaceAll(/[",]/g, ''), flags);
    assert.match(
      resources.get('NetworkPolicy/redis') ?? '',
      /from: \[\{ podSelector: \{ matchLabels: \{ part-of: kidbright-mai \} \} \}\]/,
    );
    for (const [name, text] of pods) assert.match(text, /part-of: kidbright-mai \}/, name);
  });

  it('has a folder that all pods write, and an Ingress that passes uploads and streams on at once', () => {
    assert.match(resources.get('PersistentVolumeClaim/projects') ?? '', /accessModes: \[ReadWriteMany\]/);
    const ingress = resources.get('Ingress/web') ?? '';
    for (const line of [
      'proxy-body-size: "0"',
      'proxy-request-buffering: "off"',
      'proxy-buffering: "off"',
      'proxy-read-timeout: "3600"',
    ])
      assert.ok(ingress.includes(`nginx.ingress.kubernetes.io/${line}`), line);
  });
});
