import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { encodePng } from '../../tools/demo/png.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { addReadyProject } from '../helpers/page-class.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pagePython } from '../helpers/page-python.ts';
import { visit } from '../helpers/page-visit.ts';
import { type ServerProcess, startServerProcess } from '../helpers/server-process.ts';
import { setUp } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Many of something: forty pupils look at once, one pupil tries a thousand photos.

const skip = skipWithoutBrowser;
const PUPILS = 40;
const PHOTOS = 1_000;
/** As many as a browser opens to one server. */
const CONNECTIONS_EACH = 6;
const SECONDS = 1_000;

describe('forty pages at once', { skip }, () => {
  let server: ServerProcess;
  let browser: Browser;
  setUp(async () => {
    const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
    server = await startServerProcess(await tempDir(), environment, { pageDir: await pageFolder() });
    await server.upload('first', {}, { name: 'First' });
    browser = await startBrowser();
  });
  const streams = async () => {
    const { body } = await server.get('/class');
    return (body['server'] as { readonly ide: { readonly streams: number } }).ide.streams;
  };

  test('are all live, cost the server little, and are forgotten when they are closed', async () => {
    const before = { memory: memoryOf(server.pid), connections: connectionsOf(server.pid) };
    const contexts: BrowserContext[] = [];
    const pages: Page[] = [];
    for (let pupil = 0; pupil < PUPILS; pupil += 1) {
      const { page, context, go } = await visit(browser, server.base, { language: pupil % 2 === 0 ? 'en' : 'th' });
      await go('#/');
      contexts.push(context);
      pages.push(page);
    }
    assert.equal(await streams(), 0, 'a page is no IDE');
    // what one does, all see
    await server.upload('second', {}, { name: 'Seen by all' });
    for (const page of pages) await page.getByRole('link', { name: 'Seen by all' }).waitFor();
    const pings = await Promise.all(Array.from({ length: PUPILS * 5 }, () => server.get('/ping')));
    assert.equal(pings.filter(({ status, body }) => status === 200 && body['result'] === 'pong').length, PUPILS * 5);
    const open = connectionsOf(server.pid) - before.connections;
    assert.ok(open >= PUPILS && open <= PUPILS * CONNECTIONS_EACH, `${open} connections`);
    const grown = memoryOf(server.pid) - before.memory;
    assert.ok(grown < 100, `${grown} MB more`);
    await Promise.all(contexts.map((context) => context.close()));
    await until(() => connectionsOf(server.pid) <= before.connections + 1, 30 * SECONDS, 'no connection is left');
    assert.equal((await server.get('/ping')).status, 200);
  });
});

describe('a thousand photos', { skip }, () => {
  let server: JobServer;
  let browser: Browser;
  setUp(async () => {
    server = await startJobServer({ pageDir: await pageFolder(), ...(await pagePython('scripted')) });
    await addReadyProject(server);
    browser = await startBrowser();
  });

  test('tried one after the other leave nothing behind in the browser', async (t) => {
    const { page, context, go } = await visit(browser, server.base);
    t.after(() => context.close());
    await page.addInitScript(`(() => {
      window.kept = 0;
      const { createObjectURL, revokeObjectURL } = URL;
      URL.createObjectURL = (blob) => ((window.kept += 1), createObjectURL.call(URL, blob));
      URL.revokeObjectURL = (url) => ((window.kept -= 1), revokeObjectURL.call(URL, url));
    })()`);
    await go('#/project/ready/try');
    const devtools = await context.newCDPSession(page);
    const photo = { mimeType: 'image/png', buffer: encodePng(64, 64, Buffer.alloc(64 * 64 * 3, 90)) };
    const tryPhotos = async (from: number, to: number) => {
      for (let number = from; number < to; number += 1) {
        const answered = page.waitForResponse(/\/inference_image$/);
        await page
          .locator('input[type=file]')
          .first()
          .setInputFiles({ ...photo, name: `${number}.png` });
        assert.equal((await answered).status(), 200);
      }
      await page.locator('.picture img').waitFor();
    };
    await tryPhotos(0, PHOTOS / 5);
    const before = await heapOf(devtools);
    await tryPhotos(PHOTOS / 5, PHOTOS);
    const end = await heapOf(devtools);
    assert.ok(end.megabytes - before.megabytes < 1, `${end.megabytes - before.megabytes} MB more`);
    assert.ok(end.nodes - before.nodes < 50, `${end.nodes - before.nodes} nodes more`);
    assert.ok((await page.evaluate<number>('window.kept')) <= 1, 'photos that were shown are let go');
  });
});

/** Memory of a process in megabytes. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Open TCP connections of a server on this computer, by the file descriptors that it holds. */
function connectionsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const targetOf = (name: string) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      // closed meanwhile
      return '';
    }
  };
  return readdirSync(folder).filter((name) => targetOf(name).startsWith('socket:')).length;
}

/** What the page holds, after everything that can go has gone. */
async function heapOf(devtools: CDPSession): Promise<{ readonly megabytes: number; readonly nodes: number }> {
  await devtools.send('HeapProfiler.enable');
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes } = await devtools.send('Memory.getDOMCounters');
  return { megabytes: usedSize / 1e6, nodes };
}
