import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleOptions } from './server-bundle.mjs';

/** Scripts that tests start as processes. */
const SCRIPTS = ['job-server', 'server', 'backup'].map((name) => join('test', 'fixtures', `${name}.ts`));

/**
 * Translate the tests, and what they import, to plain JavaScript in dist/test. Each test file and each server that
 * they start is a process: loading the sources through a translating loader costs each of them three seconds of processor time.
 *
 * @param {string} root
 * @returns {Promise<{ folder: string, tests: string[] }>} the folder, and the test files in it
 */
export async function testBundle(root) {
  const folder = join(root, 'dist', 'test');
  const sources = (await readdir(join(root, 'test'), { recursive: true }))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .sort();
  await rm(folder, { recursive: true, force: true });
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [...sources, ...SCRIPTS],
    outbase: '.',
    outdir: folder,
    splitting: true,
    ...(await bundleOptions(root)),
  });
  return { folder, tests: sources.map((name) => join(folder, name.replace(/\.ts$/, '.js'))) };
}
