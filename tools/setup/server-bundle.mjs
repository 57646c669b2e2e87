import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFresh } from './is-fresh.mjs';
import { refuseUnwritable } from './writable.mjs';
import { writeWhole } from './write-whole.mjs';

/** Packages of hundreds of small modules, which take half of a start to find and read: they become part of the file. */
const BUNDLED = ['typebox', '@fastify/type-provider-typebox'];

/**
 * The server's sources as one file of plain JavaScript, made anew when one of them changed. Loading 90 files
 * and their packages through a translating loader takes three times as long as all the rest of a start.
 *
 * @param {string} root
 * @returns {Promise<string>} URL of the module
 */
export async function serverBundle(root) {
  const outfile = join(root, 'dist', 'server.mjs');
  if (!(await isServerFresh(root, outfile))) {
    refuseUnwritable(root, 'The files that are made of the sources', 'node tools/start.mjs --help');
    const { build } = await import('esbuild');
    const { outputFiles } = await build({
      entryPoints: [join(root, 'src', 'server.ts')],
      outfile,
      ...(await bundleOptions(root)),
      write: false,
    });
    for (const { path, contents } of outputFiles.reverse()) await writeWhole(path, contents);
  }
  return pathToFileURL(outfile).href;
}

/** How sources become plain JavaScript for the Node that runs here. @param {string} root @returns {Promise<import('esbuild').BuildOptions>} */
export async function bundleOptions(root) {
  return {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: await separatePackages(root),
    sourcemap: 'linked',
    logLevel: 'error',
    plugins: [keepPlace],
  };
}

/** Packages that stay where they are: they find files of their own beside themselves, or are small. @param {string} root */
async function separatePackages(root) {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !BUNDLED.includes(name));
}

/** Modules find files beside themselves: tell each where it lay before it became a part of one file. */
const keepPlace = {
  name: 'keep-place',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /\.(ts|[cm]?js)$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return {
        contents: text
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
          .replaceAll(/\b__dirname\b/g, JSON.stringify(dirname(path)))
          .replaceAll(/\b__filename\b/g, JSON.stringify(path)),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      };
    });
  },
};

/** @param {string} root @param {string} outfile */
async function isServerFresh(root, outfile) {
  const sources = [join(root, 'src'), join(root, 'package-lock.json'), fileURLToPath(import.meta.url)];
  if (!(await isFresh(outfile, sources))) return false;
  // a moved folder has other places in it
  const here = JSON.stringify(pathToFileURL(join(root, 'src', 'server.ts')).href);
  return (await readFile(outfile, 'utf8')).includes(here);
}
