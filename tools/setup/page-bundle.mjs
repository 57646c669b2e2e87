import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { isFresh } from './is-fresh.mjs';
import { refuseUnwritable } from './writable.mjs';
import { writeWhole } from './write-whole.mjs';

/** What the page is made from. */
const SOURCES = ['page', join('src', 'messages'), join('contract', 'messages'), 'package-lock.json'];
/** A server that was started before may still serve the files of an older page. */
const OLD_MS = 24 * 3600 * 1000;

/**
 * The page that the server shows in a browser, made anew when one of its sources changed: index.html, and assets
 * whose names hold a hash of what is in them, each with compressed twins.
 *
 * @param {string} root
 * @returns {Promise<string>} the folder
 */
export async function pageBundle(root) {
  const folder = join(root, 'dist', 'page');
  const sources = [...SOURCES.map((source) => join(root, source)), fileURLToPath(import.meta.url)];
  if (!(await isFresh(join(folder, 'index.html'), sources))) await makePage(root, folder);
  return folder;
}

/** @param {string} root @param {string} folder */
async function makePage(root, folder) {
  refuseUnwritable(root, 'The files that are made of the sources', 'node tools/start.mjs --help');
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: join('page', 'main.tsx') },
    outdir: folder,
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    charset: 'utf8',
    target: ['chrome100', 'firefox104', 'safari15.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.woff2': 'file' },
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'error',
    plugins: [textsOf(root)],
  });
  for (const { path, contents } of outputFiles) await writeAsset(path, contents);
  /** @param {string} path */
  const nameOf = (path) => relative(folder, join(root, path));
  const template = await readFile(join(root, 'page', 'index.html'), 'utf8');
  await writeWhole(join(folder, 'index.html'), Buffer.from(withAssets(template, metafile, nameOf)));
  await removeOld(join(folder, 'assets'), Object.keys(metafile.outputs).map(nameOf));
}

/** Files are served as they are, so they are compressed once, as small as possible. @param {string} path @param {Uint8Array} contents */
async function writeAsset(path, contents) {
  await writeWhole(path, contents);
  if (path.endsWith('.woff2')) return;
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeWhole(`${path}.br`, await promisify(brotliCompress)(contents, options));
  await writeWhole(`${path}.gz`, await promisify(gzip)(contents, { level: 9 }));
}

/**
 * The template with the style sheet, the script and the fonts that every language needs.
 *
 * @param {string} template
 * @param {import('esbuild').Metafile} metafile
 * @param {(path: string) => string} nameOf
 */
function withAssets(template, metafile, nameOf) {
  const [script = '', { cssBundle = '', imports = [] } = {}] =
    Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === 'page/main.tsx') ?? [];
  const shared = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
  const tags = [
    `<link rel="stylesheet" href="${nameOf(cssBundle)}">`,
    ...shared.map((path) => `<link rel="modulepreload" href="${nameOf(path)}">`),
    `<script type="module" src="${nameOf(script)}"></script>`,
    // the server leaves the one of the reader's language, which comes beside the script then, not after it
    ...Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint?.startsWith('texts:')
        ? [`<link rel="modulepreload" href="${nameOf(path)}" hreflang="${entryPoint.slice('texts:'.length)}">`]
        : [],
    ),
  ];
  return template.replace('<!-- assets -->', tags.join('\n    '));
}

/** `import texts from 'texts:th'`: the page's sentences in one language. @param {string} root @returns {import('esbuild').Plugin} */
function textsOf(root) {
  return {
    name: 'texts',
    setup(build) {
      build.onResolve({ filter: /^texts:/ }, ({ path }) => ({ path: path.slice('texts:'.length), namespace: 'texts' }));
      build.onLoad({ filter: /.*/, namespace: 'texts' }, async ({ path: language }) => {
        const sentences = JSON.parse(await readFile(join(root, 'contract', 'messages', 'page.json'), 'utf8'));
        const texts = Object.fromEntries(Object.entries(sentences).map(([key, sentence]) => [key, sentence[language]]));
        return { contents: JSON.stringify(texts), loader: 'json' };
      });
    },
  };
}

/** @param {string} assets @param {readonly string[]} names of the page that was just made */
async function removeOld(assets, names) {
  for (const name of await readdir(assets)) {
    const path = join(assets, name);
    if (names.includes(join('assets', name.replace(/\.(br|gz)$/, '')))) continue;
    if (Date.now() - (await stat(path)).mtimeMs > OLD_MS) await rm(path, { force: true });
  }
}
