import assert from 'node:assert/strict';
import { request, Agent, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { JOBS_PER_SECOND, PHOTOS_PER_SECOND, UPLOADS_PER_SECOND } from '../../src/http/limits.ts';
import { LAGGING_WINDOWS } from '../../src/http/pressure.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
}

const agents: Agent[] = [];
after(() => {
  for (const agent of agents) agent.destroy();
});

/** Requests over a few connections, so that hundreds arrive within a second. */
function clientAt(base: string, localAddress: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  agents.push(agent);
  return async (path: string, body?: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const outgoing = request(base + path, {
      method: body === undefined ? 'GET' : 'POST',
      agent,
      localAddress,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    });
    outgoing.end(body);
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.once('response', resolve).once('error', reject),
    );
    const { code } = (await json(response)) as { code?: string };
    return { status: response.statusCode ?? 0, code, retryAfter: response.headers['retry-after'] };
  };
}

const isLimit = ({ code }: Answer) => code === 'too_many_requests';

/** How many of so many requests passed, and one that did not. */
async function flood(
  count: number,
  ask: () => Promise<Answer>,
): Promise<{ passed: number; refused: Answer | undefined }> {
  const answers = await Promise.all(Array.from({ length: count }, ask));
  return { passed: answers.filter((answer) => !isLimit(answer)).length, refused: answers.find(isLimit) };
}

describe('limits of requests', () => {
  let base: string;
  setUp(async () => {
    const { listen } = await buildTestApp({ trustProxy: ['127.0.0.1'] }, { maxLagMs: 600_000 });
    base = await listen();
  });
  const routes = [
    ['/upload', 'not a form', UPLOADS_PER_SECOND, 429, true],
    ['/train', '{"project":"p1"}', JOBS_PER_SECOND, 429, true],
    ['/inference_image', 'not a form', PHOTOS_PER_SECOND, 429, false],
    ['/convert?project_id=p1', undefined, JOBS_PER_SECOND, 200, true],
    ['/convert', '{"project_id":"p1"}', JOBS_PER_SECOND, 200, true],
  ] as const;

  for (const [n, [path, body, perSecond, status, tellsStreams]] of routes.entries()) {
    it(`${body === undefined ? 'GET' : 'POST'} ${path}: a flood is refused in part, each second anew; others notice nothing`, async (t) => {
      const ask = clientAt(base, `127.0.8.${n + 1}`);
      const stream = await openStream(`${base}/listen`, { from: `127.0.8.${n + 1}` });
      // the clock stands still, so that a slow computer floods within one second too
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      for (let second = 0; second < 2; second += 1) {
        const { passed, refused } = await flood(perSecond + 50, () => ask(path, body));
        assert.equal(passed, perSecond);
        assert.deepEqual([refused?.status, refused?.retryAfter], [status, '1']);
        assert.ok(!isLimit(await clientAt(base, `127.0.9.${n + 1}`)(path, body)), 'another address');
        t.mock.timers.tick(1001);
      }
      t.mock.timers.reset();
      if (tellsStreams)
        await until(
          () => stream.messages.some(({ data }) => data.event === 'error' && data.code === 'too_many_requests'),
          60_000,
          'the event',
        );
      stream.close();
    });
  }

  it('the addresses of one IPv6 network share a limit; /ping has none', async (t) => {
    const ask = clientAt(base, '127.0.0.1');
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    let host = 0;
    const { passed } = await flood(JOBS_PER_SECOND + 50, () =>
      ask('/train', '{"project":"p1"}', { 'x-forwarded-for': `2001:db8:1:2::${(host += 1)}` }),
    );
    assert.equal(passed, JOBS_PER_SECOND);
    const pings = PHOTOS_PER_SECOND + 50;
    assert.equal((await flood(pings, () => ask('/ping'))).passed, pings);
  });

  it('let forty pupils behind one address through: 200 photos, 100 uploads and 100 jobs in one second', async (t) => {
    const ask = clientAt(base, '127.0.10.1');
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    for (const [path, count] of [
      ['/inference_image', 200],
      ['/train', 100],
      ['/upload', 100],
    ] as const) {
      assert.equal((await flood(count, () => ask(path, '{"project":"p1"}'))).passed, count);
    }
  });
});

/** Keep the event loop late at every turn until the result is called. */
function lag(turnMs: number): () => void {
  let isLoaded = true;
  const load = () => {
    for (const end = Date.now() + turnMs; Date.now() < end; );
    if (isLoaded) setImmediate(load);
  };
  load();
  return () => {
    isLoaded = false;
  };
}

describe('a server that was slow to start', () => {
  it('answers its first requests, and one slow moment refuses nobody', async () => {
    // Later than a machine with other work makes it, or the test would measure that work.
    const { listen } = await buildTestApp({}, { maxLagMs: 500 });
    const stop = lag(1_500);
    await setTimeout((LAGGING_WINDOWS + 1) * 1_500);
    const base = await listen();
    stop();
    const ask = clientAt(base, '127.0.0.1');
    assert.equal((await ask('/projects')).status, 200);
    await setTimeout(2_500); // what the start cost is over in any case
    for (const end = Date.now() + 3000; Date.now() < end; );
    for (const end = Date.now() + 2500; Date.now() < end; await setTimeout(50))
      assert.equal((await ask('/projects')).status, 200);
  });
});

describe('while the server lags', () => {
  it('what can be asked again is refused with 503; /ping, streams, cancelling and pages for people are not', async () => {
    const { listen } = await buildTestApp({}, { maxLagMs: 100, lagWindowMs: 400 });
    const base = await listen();
    const ask = clientAt(base, '127.0.0.1');
    const stream = await openStream(`${base}/listen`);
    const stop = lag(300);
    const busy = await until(
      async () => {
        const answer = await ask('/projects');
        return answer.code === 'server_busy' ? answer : undefined;
      },
      60_000,
      'a refusal',
    );
    assert.deepEqual([busy.status, /^[1-9]\d?$/.test(busy.retryAfter ?? '')], [503, true]);
    const refused = [
      ask('/train', '{"project":"p1"}'),
      ask('/convert?project_id=p1'),
      ask('/upload', 'not a form'),
      ask('/inference_image', 'not a form'),
    ];
    const pages = ['/', '/trust', '/docs', '/docs/json'].map(async (path) => (await fetch(base + path)).status);
    const [ping, cancel, listening] = await Promise.all([
      ask('/ping'),
      ask('/terminate?project_id=p1'),
      openStream(`${base}/listen`),
    ]);
    const answers = await Promise.all(refused);
    assert.deepEqual(await Promise.all(pages), [200, 200, 200, 200]);
    stop();
    assert.deepEqual(
      answers.map(({ status, code }) => [status, code]),
      [503, 200, 503, 503].map((status) => [status, 'server_busy']),
    );
    assert.deepEqual([ping.status, cancel.code, listening.status], [200, 'project_not_found', 200]);
    await until(
      () => stream.messages.filter(({ data }) => data.event === 'error' && data.code === 'server_busy').length === 3,
      60_000,
      'the events of /train, /convert and /upload',
    );
    await until(async () => (await ask('/projects')).status === 200, 60_000, 'the end of the lag');
    for (const one of [stream, listening]) one.close();
  });
});
