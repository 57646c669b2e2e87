import { readdir, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { bundleOptions } from './server-bundle.mjs';

/** Scripts that tests start as processes, and what each test file imports. */
const SCRIPTS = ['job-server', 'server', 'backup', 'awake'].map((name) => join('test', 'fixtures', `${name}.ts`));

/** Packages that are programs, start threads, or find files and parts of their own: they stay where they are. */
const SEPARATE = [
  ...['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner', '@fastify/swagger-ui', 'pino'],
  ...['axe-core', 'esbuild', 'playwright-core', 'tsx', 'typescript'],
];

/** Packages that still look for others while they run do so from here. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * Translate the tests, and what they import, to plain JavaScript in dist/test. Each test file and each server that
 * they start is a process: loading the sources through a translating loader costs each of them three seconds of
 * processor time, finding and reading the packages a quarter of one.
 *
 * @param {string} root
 * @returns {Promise<{ folder: string, tests: string[], first: string }>} the folder, the test files in it, and what each
 * of them is to import first
 */
export async function testBundle(root) {
  const folder = join(root, 'dist', 'test');
  const sources = (await readdir(join(root, 'test'), { recursive: true }))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .sort();
  await rm(folder, { recursive: true, force: true });
  const { build } = await import('esbuild');
  const { plugins = [], ...options } = await bundleOptions(root);
  await build({
    absWorkingDir: root,
    entryPoints: [...sources, ...SCRIPTS],
    outbase: '.',
    outdir: folder,
    splitting: true,
    ...options,
    external: SEPARATE,
    banner: { js: REQUIRE },
    plugins: [...plugins, nameExports],
  });
  const first = join(folder, 'test', 'fixtures', 'awake.js');
  return { folder, first, tests: sources.map((name) => join(folder, name.replace(/\.ts$/, '.js'))) };
}

/** A package of CommonJS that is imported while the program runs has the names that Node finds in it. */
const nameExports = {
  name: 'name-exports',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^[@\w]/ }, ({ kind, path }) =>
      kind === 'dynamic-import' && !isBuiltin(path) && !SEPARATE.includes(path)
        ? { path, namespace: 'named' }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'named' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name));
      return {
        contents: `export { ${names.join(', ')} } from '${path}';`,
        resolveDir: build.initialOptions.absWorkingDir ?? '',
      };
    });
  },
};
