import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import type { App } from '../../src/http/app-type.ts';
import { HTTP_OPTIONS, registerBodyTimeout } from '../../src/http/timeouts.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const { app, listen } = await buildTestApp();
const base = new URL(await listen());

test('the limits: slow headers end, a slow 200 MB upload does not, answers may take for ever', () => {
  assert.equal(app.server.headersTimeout, HTTP_OPTIONS.headersTimeout);
  assert.ok(app.server.headersTimeout <= 20_000);
  assert.ok(app.server.requestTimeout >= 1_800_000, '200 MB at 1 Mbit/s');
  assert.equal(app.server.timeout, 0);
});

test('headers that never end are cut off', async () => {
  const own = Fastify({ http: { headersTimeout: 200, requestTimeout: 5000, connectionsCheckingInterval: 50 } });
  await own.listen({ port: 0, host: '127.0.0.1' });
  const address = own.server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  socket.on('error', () => undefined);
  const drip = setInterval(() => socket.writable && socket.write('X: y\r\n'), 20);
  socket.write('GET / HTTP/1.1\r\n');
  socket.resume();
  await until(() => socket.closed, 60_000, 'the end of the connection');
  clearInterval(drip);
  await own.close();
});

test('a body that stands still is cut off with an answer, one that trickles is not', async () => {
  const own = Fastify();
  registerBodyTimeout(own as unknown as App, 1000);
  own.post('/', async () => ({ ok: true }));
  await own.listen({ port: 0, host: '127.0.0.1' });
  const address = own.server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const send = (body: readonly string[], everyMs: number) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString();
        if (answer.includes('ok')) socket.end();
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', () => undefined);
      socket.write(
        `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n`,
      );
      void (async () => {
        for (const part of body) {
          socket.write(part);
          await pause(everyMs);
        }
      })();
    });
  const [still, trickling] = await Promise.all([send(['{"a":'], 0), send([...'{"a":123456}'], 150)]);
  assert.match(still, /^HTTP\/1.1 408 /);
  assert.match(still, /request_timeout/);
  assert.match(trickling, /"ok":true/);
  await own.close();
});

test('a request that says it has no body may wait for its answer as long as any other', async () => {
  const own = Fastify();
  registerBodyTimeout(own as unknown as App, 200);
  own.get('/', () => pause(700, { ok: true }));
  await own.listen({ port: 0, host: '127.0.0.1' });
  const address = own.server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n');
  await until(() => answer !== '', 60_000, 'the answer');
  socket.destroy();
  await own.close();
  assert.match(answer, /"ok":true/);
});

test('an upload that comes in many small parts passes', async () => {
  const { payload, headers } = uploadForm('slow', await makeProjectZip());
  const socket = connect(Number(base.port), base.hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.write(
    `POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`,
  );
  for (let at = 0; at < payload.length; at += 100) {
    socket.write(payload.subarray(at, at + 100));
    await pause(5);
  }
  await until(() => answer.includes('success'), 60_000, 'the answer');
  socket.destroy();
});
