import assert from 'node:assert/strict';
import { type IncomingMessage, METHODS, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { recordingJobs } from '../helpers/idle-jobs.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const done: string[] = [];
const server = await buildTestApp({}, { jobs: recordingJobs(done) });
const base = await server.listen();
await server.app.inject({ method: 'POST', url: '/upload', ...uploadForm('p1', await makeProjectZip()) });

async function ask(
  method: string,
  path: string,
  body = '',
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const outgoing = request(base + path, {
    method,
    agent: false,
    headers: body === '' ? {} : { 'content-type': 'application/json' },
  });
  outgoing.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

describe('HEAD', () => {
  for (const path of ['/', '/ping', '/projects', '/projects/p1', '/jobs', '/trust', '/docs', '/docs/json', '//ping']) {
    it(`${path}: as GET, without a body`, async () => {
      const [head, get] = [await ask('HEAD', path), await ask('GET', path)];
      assert.deepEqual(
        [head.status, head.body, head.headers['content-type'], head.headers['content-length']],
        [200, '', get.headers['content-type'], get.headers['content-length']],
      );
    });
  }

  it('of what is not there, as GET', async () => {
    for (const path of ['/projects/none', '/projects/p1/output/model.pth', '/jobs/none', '/nothing'])
      assert.equal((await ask('HEAD', path)).status, 404, path);
  });

  it('changes nothing and opens no stream', async () => {
    for (const [path, status] of [
      ['/terminate?project_id=p1', 405],
      ['/listen', 405],
      ['/jobs/j/events', 405],
      ['/convert?project_id=p1', 200],
    ] as const) {
      const { status: given, headers } = await ask('HEAD', path);
      assert.deepEqual([given, headers.allow?.startsWith('GET')], [status, true], path);
    }
    assert.deepEqual(done, []);
  });
});

describe('another method than those of an address', () => {
  const allowed = {
    '/ping': 'GET, HEAD',
    '/': 'GET, HEAD',
    '/trust': 'GET, HEAD',
    '/docs': 'GET, HEAD',
    '/docs/json': 'GET, HEAD',
    '/listen': 'GET',
    '/upload': 'POST',
    '/train': 'POST',
    '/terminate?project_id=p1': 'GET',
    '/terminate_training': 'POST',
    '/inference_image': 'POST',
    '/projects': 'GET, HEAD',
    '/projects/p1': 'DELETE, GET, HEAD',
    '/projects/p1/output/model.pth': 'GET, HEAD',
    '/download_model': 'GET, HEAD',
    '/jobs/x': 'GET, HEAD',
    '/jobs/x/events': 'GET',
    '//upload': 'POST',
    '/upload/': 'POST',
  };
  for (const [path, methods] of Object.entries(allowed)) {
    it(`${path}: 405, and Allow says ${methods}`, async () => {
      const others = METHODS.filter(
        (method) => !methods.split(', ').includes(method) && method !== 'OPTIONS' && method !== 'CONNECT',
      );
      for (const method of others) {
        const answer = await ask(method, path, method === 'PUT' ? '{' : '');
        assert.deepEqual([answer.status, answer.headers.allow?.split(', ').sort().join(', ')], [405, methods], method);
        if (method === 'HEAD') continue;
        const { result, code, reason } = JSON.parse(answer.body) as Record<string, string>;
        assert.deepEqual([result, code], ['FAIL', 'method_not_allowed']);
        assert.ok(reason?.includes(method) && reason.includes('/docs'));
      }
      assert.deepEqual(done, []);
    });
  }

  it('OPTIONS without the headers of a page says what works, and does nothing', async () => {
    for (const [path, methods] of [
      ['/upload', 'POST'],
      ['/ping', 'GET, HEAD'],
      ['/terminate?project_id=p1', 'GET'],
      ['/convert', 'GET, POST'],
      ['/projects/p1', 'DELETE, GET, HEAD'],
    ] as const) {
      const { status, headers } = await ask('OPTIONS', path);
      assert.deepEqual(
        [status, headers.allow?.split(', ').sort().join(', ')],
        [204, [...methods.split(', '), 'OPTIONS'].sort().join(', ')],
        path,
      );
    }
    assert.equal((await ask('OPTIONS', '/nothing/here')).status, 404);
    assert.deepEqual(done, []);
  });

  it('an unknown address stays a 404, whatever the method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PROPFIND'])
      assert.equal((await ask(method, '/nothing/here')).status, 404, method);
  });

  it('/convert: 200 and FAIL, as the IDE reads no other status, and an event says why', async () => {
    const stream = await openStream(`${base}/listen`);
    const others = METHODS.filter((method) => !['GET', 'POST', 'HEAD', 'OPTIONS', 'CONNECT'].includes(method));
    for (const method of others) {
      const answer = await ask(method, '/convert?project_id=p1');
      assert.deepEqual(
        [answer.status, (JSON.parse(answer.body) as { code: string }).code, answer.headers.allow],
        [200, 'method_not_allowed', 'GET, POST'],
        method,
      );
    }
    await until(
      () => stream.messages.filter(({ data }) => data.code === 'method_not_allowed').length === others.length,
      60_000,
      'the events',
    );
    assert.match(stream.messages[0]?.data.msg ?? '', /^Error: .*F5/);
    stream.close();
    assert.deepEqual(done, []);
  });
});

describe('an address with a slash at its end', () => {
  it('/convert/ is /convert', async () => {
    for (const path of ['/convert/?project_id=..', '//convert/?project_id=..', '/convert/?']) {
      const answer = await ask('GET', path);
      assert.deepEqual([answer.status, (JSON.parse(answer.body) as { result: string }).result], [200, 'FAIL'], path);
    }
    assert.deepEqual(await ask('POST', '/convert/', '{').then(({ status, body }) => [status, body.includes('FAIL')]), [
      200,
      true,
    ]);
  });

  it('others likewise', async () => {
    for (const path of ['/ping/', '/projects/', '/projects/p1/', '/docs/', '/trust/'])
      assert.equal((await ask('GET', path)).status, 200, path);
  });
});
