// `npm run test:soak`: what takes minutes, with real Python; apart from `npm test`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, setUp } from './setup/set-up.mjs';

await setUp({ development: true });
const wanted = process.argv.slice(2);
const files = readdirSync(join(ROOT, 'test', 'soak'))
  .filter((name) => name.endsWith('.soak.ts') && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .map((name) => join('test', 'soak', name));
const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-concurrency=1', ...files], { cwd: ROOT, stdio: 'inherit' });
process.exitCode = status ?? 1;
