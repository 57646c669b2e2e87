import assert from 'node:assert/strict';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const KEY = 'river-candle-tiger';
/** What a browser sends when somebody types an address. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
/** Addresses of a server with a key that have none, or a wrong one. */
const WRONG = ['/', '/assets/page.js', '/w/wrong/', '/w/wrong/assets/page.js', '/addresses'];
const MAX_FIRST_LOAD_BYTES = 40_000;

const pageDir = await pageFolder();
const { listen } = await buildTestApp({ pageDir });
const base = await listen();
const closed = await buildTestApp({ pageDir, keys: [{ workspace: '', key: KEY }] });
const closedBase = await closed.listen();

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As it comes over the wire: fetch would unpack it. */
async function raw(url: string, headers: Readonly<Record<string, string>>): Promise<Raw> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    get(url, { headers, agent: false }, resolve).once('error', reject),
  );
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

const assetsOf = (html: string) => [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path = '']) => path);

describe('the page', () => {
  test('is at / for browsers; programs get a text; both say what their answer depends on', async () => {
    const page = await fetch(`${base}/`, { headers: BROWSER });
    assert.match(await page.text(), /<script type="module" src="assets\/page-\w+\.js">/);
    const text = await fetch(`${base}/`);
    assert.match(await text.text(), /This is the KidBright mAI server, and it works/);
    const said = [page, text].map(({ headers }) =>
      ['content-type', 'cache-control', 'vary'].map((name) => headers.get(name)).join('; '),
    );
    assert.match(said[0] ?? '', /^text\/html.*; no-store; .*Accept-Language/);
    assert.match(said[1] ?? '', /^text\/plain.*; no-store; .*Accept/);
  });

  test('runs its own scripts and styles alone, asks this server alone, and stands in no frame', async () => {
    const { headers } = await fetch(`${base}/`, { headers: BROWSER });
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
        const [name = '', ...values] = part.split(' ');
        return [name, values.join(' ')];
      }),
    );
    const wanted = {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'font-src': "'self'",
      'connect-src': "'self'",
      'img-src': "'self' blob: data:",
      'media-src': "'self' blob:",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    };
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, policy.get(name)])), wanted);
    assert.doesNotMatch([...policy.values()].join(' '), /unsafe|https?:|\*/);
    assert.equal(headers.get('permissions-policy'), 'camera=(self), microphone=(self), geolocation=()');
    const html = await (await fetch(`${base}/`, { headers: BROWSER })).text();
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', 'the key is in the address');
  });

  test('its files are compressed, kept for good, and have a hash in their names', async () => {
    const html = await (await fetch(`${base}/`, { headers: BROWSER })).text();
    const paths = assetsOf(html);
    assert.ok(paths.length >= 2);
    for (const path of paths) {
      assert.match(path, /-[A-Z0-9]{8}\.(js|css)$/);
      const plain = await raw(`${base}/${path}`, {});
      assert.match(`${plain.status} ${plain.headers['cache-control']}`, /^200 .*max-age=31536000.*immutable/);
      const brotli = await raw(`${base}/${path}`, { 'accept-encoding': 'gzip, br' });
      assert.equal(brotli.headers['content-encoding'], 'br');
      const gzip = await raw(`${base}/${path}`, { 'accept-encoding': 'gzip' });
      assert.deepEqual([brotliDecompressSync(brotli.body), gunzipSync(gzip.body)], [plain.body, plain.body]);
    }
  });

  test('its first load is at most 40 kB of compressed script, in either language', async () => {
    for (const language of ['en', 'th']) {
      const html = await (await fetch(`${base}/`, { headers: { ...BROWSER, 'accept-language': language } })).text();
      const scripts = assetsOf(html).filter((path) => path.endsWith('.js'));
      const texts = scripts.filter((path) => /^assets\/(en|th)-/.test(path));
      assert.deepEqual(
        texts.map((path) => path.slice('assets/'.length, 'assets/xx'.length)),
        [language],
        'the sentences of this language come beside the script',
      );
      const bodies = scripts.map(async (path) => (await raw(`${base}/${path}`, { 'accept-encoding': 'br' })).body);
      const bytes = (await Promise.all(bodies)).reduce((sum, { length }) => sum + length, 0);
      assert.ok(bytes <= MAX_FIRST_LOAD_BYTES, `${language}: ${bytes}`);
    }
  });

  test('nothing but its files is served, and what is unknown keeps its JSON 404', async () => {
    for (const path of [
      '/assets/',
      '/assets/nothing.js',
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/index.html',
      '/nothing',
    ]) {
      const answer = await raw(`${base}${path}`, BROWSER);
      assert.equal(answer.status, 404, path);
      assert.equal(JSON.parse(answer.body.toString()).code, 'not_found', path);
    }
    assert.equal((await fetch(`${base}/`, { method: 'POST' })).status, 405);
  });
});

test('the page and its files are no part of the described API', async () => {
  const { paths } = (await (await fetch(`${base}/docs/json`)).json()) as { readonly paths: object };
  const described = Object.keys(paths);
  assert.ok(described.includes('/class'));
  assert.deepEqual(
    described.filter((path) => path === '/' || path.startsWith('/assets')),
    [],
  );
});

describe('with a key', () => {
  test('the page and its files are there under it alone', async () => {
    const page = await fetch(`${closedBase}/w/${KEY}/`, { headers: BROWSER });
    assert.equal(page.status, 200);
    const [path = ''] = assetsOf(await page.text());
    assert.equal((await fetch(`${closedBase}/w/${KEY}/${path}`)).status, 200);
    for (const wrong of WRONG) {
      const answer = await raw(closedBase + wrong, { accept: '*/*' });
      assert.equal(answer.status, 404, wrong);
      assert.match(String(answer.headers['content-type']), /^application\/json/, wrong);
      assert.equal(JSON.parse(answer.body.toString()).code, 'key_needed', wrong);
    }
  });

  test('a person whose key is wrong reads a page in their language; programs get JSON', async () => {
    const pages = new Map<string, Set<string>>();
    for (const language of ['en', 'th'])
      for (const wrong of WRONG) {
        const answer = await raw(closedBase + wrong, { ...BROWSER, 'accept-language': language });
        assert.equal(answer.status, 404, wrong);
        assert.equal(answer.headers.vary, 'Origin, Accept, Accept-Language', wrong);
        pages.set(language, (pages.get(language) ?? new Set()).add(answer.body.toString()));
      }
    const [[english = '', ...more] = [], [thai = '', ...others] = []] = [...pages.values()].map((said) => [...said]);
    assert.deepEqual([...more, ...others], [], 'one page, whatever was wrong');
    assert.match(english, /^<!doctype html>\n<html lang="en">[^]*<h1>The key is missing or wrong<\/h1>/);
    assert.match(thai, /^<!doctype html>\n<html lang="th">[^]*<h1>[\u0e00-\u0e7f ]+<\/h1>/);
  });

  test('an address without a slash at its end is sent on, so that the files are found', async () => {
    const answer = await raw(`${closedBase}/w/${KEY}`, BROWSER);
    assert.equal(answer.status, 302);
    const there = new URL(String(answer.headers.location), `${closedBase}/w/${KEY}`);
    assert.equal(there.href, `${closedBase}/w/${KEY}/`);
    assert.equal(answer.headers['cache-control'], 'no-store', 'the key may change');
    const asked = await raw(`${closedBase}/w/${KEY}?from=mail`, BROWSER);
    assert.equal(String(asked.headers.location), `${KEY}/`);
    assert.equal((await raw(`${closedBase}/w/${KEY}/?from=mail`, BROWSER)).status, 200);
    // the IDE appends its paths to the address without one
    assert.equal((await fetch(`${closedBase}/w/${KEY}`)).status, 200);
  });

  test('its addresses hold the key, for who has it', async () => {
    const answer = (await (await fetch(`${closedBase}/w/${KEY}/addresses`)).json()) as { own: string; http: string[] };
    assert.equal(answer.own, `${closedBase}/w/${KEY}`);
    assert.deepEqual(answer.http, [], 'it listens on this computer alone');
  });
});

test('what is refused is said in the language that the page asks for', async () => {
  const refusal = async (language: string) =>
    (
      (await (await fetch(`${base}/projects/nothing`, { headers: { 'accept-language': language } })).json()) as {
        reason: string;
      }
    ).reason;
  assert.match(await refusal('th'), /[\u0e00-\u0e7f]/);
  assert.match(await refusal('en'), /^There is no project/);
});

test('without the bundle, as before the set-up, browsers get the text', async () => {
  const bare = await buildTestApp({ pageDir: await tempDir() });
  const answer = await fetch(`${await bare.listen()}/`, { headers: BROWSER });
  assert.match(await answer.text(), /and it works/);
});
