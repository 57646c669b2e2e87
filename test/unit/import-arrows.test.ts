import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertNoCircle, importsOf, sourcesBelow } from '../helpers/import-lines.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** docs/architecture.md § Folders. `types`: what types alone may be taken of. Each names a room or a single file. */
const ARROWS: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  'config.ts': { values: ['settings.ts', 'access-settings.ts'] },
  'settings.ts': { values: ['setting-values.ts', 'access-settings.ts'] },
  'setting-values.ts': { values: ['errors.ts'] },
  'access-settings.ts': { values: ['errors.ts'] },
  'errors.ts': { values: ['messages'] },
  messages: { values: [] },
  'system-errors.ts': { values: [] },
  'time-limits.ts': { values: [] },
  'boards.ts': { values: [] },
  'counts.ts': { values: [] },
  'promises.ts': { values: [] },
  'address.ts': { values: [] },
  'client.ts': { values: ['address.ts'] },
  'pupil-name.ts': { values: [] },
  'media-type.ts': { values: [] },
  files: { values: ['system-errors.ts', 'time-limits.ts'] },
  'greeting.ts': { values: ['config.ts', 'reach'], types: ['http'] },
  'stop.ts': { values: ['time-limits.ts', 'child'], types: ['http'] },
  reach: {
    values: ['address.ts', 'errors.ts', 'system-errors.ts', 'time-limits.ts', 'files', 'http'],
    types: ['config.ts'],
  },
  http: {
    values: [
      'address.ts',
      'client.ts',
      'pupil-name.ts',
      'errors.ts',
      'messages',
      'system-errors.ts',
      'time-limits.ts',
      'counts.ts',
      'files',
    ],
    types: ['config.ts'],
  },
  admin: {
    values: ['errors.ts', 'messages', 'promises.ts', 'system-errors.ts', 'time-limits.ts', 'files', 'http'],
    types: ['projects'],
  },
  page: { values: ['http', 'messages', 'reach', 'system-errors.ts'] },
  'projects/zip': {
    values: ['errors.ts', 'system-errors.ts', 'files', 'projects/disk-names.ts', 'projects/label-folders.ts'],
  },
  projects: {
    values: [
      'projects/zip',
      'boards.ts',
      'errors.ts',
      'messages',
      'system-errors.ts',
      'time-limits.ts',
      'files',
      'http',
    ],
    types: ['client.ts', 'config.ts', 'people'],
  },
  backup: {
    values: ['config.ts', 'errors.ts', 'system-errors.ts', 'time-limits.ts', 'files', 'projects'],
  },
  people: {
    values: ['client.ts', 'pupil-name.ts', 'errors.ts', 'time-limits.ts', 'http', 'projects'],
  },
  child: { values: ['errors.ts', 'promises.ts', 'system-errors.ts', 'time-limits.ts'], types: ['config.ts'] },
  'events/log': { values: ['system-errors.ts', 'files'] },
  'events/stream': {
    values: ['events/log', 'client.ts', 'errors.ts', 'time-limits.ts', 'messages', 'http'],
    types: ['events'],
  },
  events: {
    values: ['events/log', 'events/stream', 'errors.ts', 'time-limits.ts', 'http'],
    types: ['client.ts', 'messages', 'people'],
  },
  'jobs/domain': {
    values: [
      'boards.ts',
      'errors.ts',
      'counts.ts',
      'messages',
      'client.ts',
      'projects/project.ts',
      'projects/train-config.ts',
    ],
    types: ['child', 'events/log'],
  },
  'jobs/run': {
    values: ['jobs/domain', 'system-errors.ts', 'time-limits.ts', 'files', 'child', 'projects'],
    types: ['jobs', 'events', 'events/log', 'config.ts'],
  },
  'jobs/first-answers': {
    values: ['jobs/domain', 'jobs/run', 'child'],
    types: ['jobs', 'config.ts'],
  },
  jobs: {
    values: [
      'jobs/domain',
      'jobs/run',
      'jobs/first-answers',
      'boards.ts',
      'client.ts',
      'errors.ts',
      'promises.ts',
      'time-limits.ts',
      'files',
      'http',
      'child',
      'projects',
      'events',
      'events/stream',
    ],
    types: ['events/log', 'config.ts', 'people'],
  },
  cluster: {
    values: [
      'jobs',
      'jobs/domain',
      'jobs/run',
      'projects',
      'client.ts',
      'errors.ts',
      'system-errors.ts',
      'time-limits.ts',
      'files',
    ],
    types: ['events', 'events/log', 'child', 'config.ts'],
  },
  'models/card': {
    values: ['boards.ts', 'errors.ts', 'messages', 'http', 'projects', 'models/result.ts'],
    types: ['people'],
  },
  'models/trained-project': {
    values: ['boards.ts', 'errors.ts', 'files', 'http', 'projects', 'models/result.ts'],
    types: ['people'],
  },
  models: {
    values: [
      'boards.ts',
      'client.ts',
      'media-type.ts',
      'errors.ts',
      'system-errors.ts',
      'time-limits.ts',
      'files',
      'http',
      'child',
      'projects',
    ],
    types: ['jobs', 'jobs/domain', 'config.ts', 'people'],
  },
  samples: {
    values: [
      'client.ts',
      'media-type.ts',
      'errors.ts',
      'system-errors.ts',
      'messages',
      'files',
      'http',
      'projects',
      'models/send-artifact.ts',
    ],
    types: ['models', 'people'],
  },
  classroom: {
    values: [
      'client.ts',
      'errors.ts',
      'time-limits.ts',
      'messages',
      'http',
      'projects',
      'people',
      'samples',
      'jobs/schemas.ts',
      'models/result.ts',
      'events/stream',
    ],
    types: ['jobs', 'events', 'events/log'],
  },
};
const CONSTRUCTORS = ['app.ts', 'app-routes.ts', 'app-unused.ts', 'server.ts'];

const files = sourcesBelow(src);
const imports = files.flatMap((file) => importsOf(src, file));

/** The innermost folder with arrows of its own. */
function room(file: string): string {
  const parts = file.split('/');
  const within = parts.slice(0, 2).join('/');
  return parts.length > 2 && within in ARROWS ? within : (parts[0] ?? file);
}

const isIn = (file: string, names: readonly string[]) => names.includes(room(file)) || names.includes(file);

test('imports follow the arrows of docs/architecture.md', () => {
  assert.ok(imports.length > 100);
  for (const { from, to, isType } of imports) {
    if (CONSTRUCTORS.includes(from) || room(from) === room(to)) continue;
    const { values, types = [] } =
      ARROWS[room(from)] ?? assert.fail(`${from} is in no room that docs/architecture.md knows`);
    assert.ok(
      isIn(to, values) || (isType && isIn(to, types)),
      `${from} may not import ${isType ? 'a type' : 'a value'} of ${to}`,
    );
  }
});

test('the rules of jobs do no input or output: of Node they use random numbers alone', () => {
  const rules = files.filter((file) => room(file) === 'jobs/domain');
  assert.ok(rules.length > 10);
  for (const file of rules) {
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, module = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)) {
      assert.ok(['node:crypto', 'typebox'].includes(module), `${file} may not import ${module}`);
    }
    assert.doesNotMatch(text, /\bprocess\.|\bset(Timeout|Interval|Immediate)\(|\bfetch\(|\brequire\(/, file);
  }
});

test('nothing but app.ts and server.ts imports them', () => {
  for (const { from, to } of imports)
    assert.ok(
      !CONSTRUCTORS.includes(to) ||
        ['server.ts app.ts', 'app.ts app-routes.ts', 'app.ts app-unused.ts', 'app-unused.ts app-routes.ts'].includes(
          `${from} ${to}`,
        ),
      `${from} imports ${to}`,
    );
});

test('only config.ts and the places that construct read the environment', () => {
  for (const file of files) {
    if (CONSTRUCTORS.includes(file)) continue;
    assert.doesNotMatch(readFileSync(join(src, file), 'utf8'), /process\.env/, file);
  }
});

test('no import leads back to where it came from', () => assertNoCircle(files, imports));
