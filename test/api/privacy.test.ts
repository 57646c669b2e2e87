import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config.ts';
import { readTopic } from '../../src/messages/catalogue.ts';
import { privacyNotice } from '../../src/admin/privacy.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';

const LONG = 'river-candle-tiger';

const TEST_STORE: Config['s3'] = {
  ...{ bucket: 'school-photos', prefix: 'p/', region: 'us-east-1' },
  ...{ endpoint: undefined, accessKeyId: undefined, secretAccessKey: undefined },
};

interface Notice {
  readonly title: string;
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

async function noticeOf(config: Partial<Config>, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { app } = await buildTestApp(config, { jobs: idleJobs() });
  const answer = await app.inject({ url: '/privacy', headers });
  assert.equal(answer.statusCode, 200);
  return (answer.json() as Notice).sections.flatMap(({ lines }) => lines).join('\n');
}

test('the notice follows the settings', async () => {
  const lines = {
    alone: await noticeOf({}),
    open: await noticeOf({ host: '0.0.0.0', httpsPort: undefined }),
    key: await noticeOf({ host: '0.0.0.0', httpsPort: 5443, keys: [{ workspace: '', key: LONG }] }),
    roles: await noticeOf({ keys: [{ workspace: '7a', key: LONG, role: 'teacher' }], keepDays: 90, metricsKey: LONG }),
  };
  assert.match(
    lines.alone,
    /this one computer alone[\s\S]*stays until somebody deletes it[\s\S]*Anyone who uses this computer/,
  );
  assert.match(lines.open, /There is no https here[\s\S]*Everybody in this network/);
  assert.match(lines.key, /begins with https[\s\S]*the key of your classroom/);
  assert.match(lines.roles, /for 90 days is deleted[\s\S]*Pupils see their own;[\s\S]*collects figures/);
  assert.doesNotMatch(lines.key, /figures/);
});

test('it says the numbers that the program goes by', async () => {
  const lines = await noticeOf({});
  assert.match(lines, /the last 3 models stay, and the logs of the last 20\./);
  assert.match(lines, /forgotten after 12 hours, and when the server is restarted\./);
  assert.match(await noticeOf({ redis: 'redis://127.0.0.1' }), /forgotten after 12 hours\.\n/);
});

test('a browser gets a page, a program JSON, each in its language, without a key', async () => {
  const { listen } = await buildTestApp({ keys: [{ workspace: '', key: LONG }] }, { jobs: idleJobs() });
  const base = await listen();
  const thai = { 'accept-language': 'th-TH,th;q=0.9', accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const page = await fetch(`${base}/privacy`, { headers: thai });
  const text = await page.text();
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(
    text,
    /<html lang="th">[\s\S]*เก็บถึงเมื่อไร[\s\S]*<a href="\?language=en"|<a href="\?language=en"[\s\S]*เก็บถึงเมื่อไร/,
  );
  const english = await (await fetch(`${base}/privacy?language=en`, { headers: thai })).text();
  assert.match(english, /<html lang="en">[\s\S]*Until when/);
  const json = (await (await fetch(`${base}/privacy`)).json()) as Notice;
  assert.deepEqual([json.title, json.sections.length], ['What this server keeps about you', 6]);
});

test('it says that what is deleted may still be in copies, who deletes those, and where a photo is deleted', async () => {
  for (const keepDays of [undefined, 30]) {
    const lines = await noticeOf({ keepDays });
    assert.match(lines, /may keep copies of everything.*older copies until that person deletes them/);
    assert.match(lines, /press “Delete examples for good”.*where you took it too/);
  }
  const [english, thai] = ['en', 'th'].map(
    (language) => readTopic('page.json')['erase.begin']?.[language as 'en' | 'th'],
  );
  const { delete_photo: said } = Object.fromEntries(
    Object.entries(readTopic('privacy.json')).map(([key, text]) => [key.replace('privacy.', ''), text]),
  );
  assert.ok(said?.en.includes(`“${english}”`) && said.th.includes(`“${thai}”`), 'the button has this name');
});

test('where other computers get copies of photos, it says so, and for how long', async () => {
  assert.match(await noticeOf({}), /Nothing of yours is sent anywhere else/);
  const shared = await noticeOf({ redis: 'redis://127.0.0.1' });
  assert.match(shared, /Several of their computers may use that disk/);
  assert.doesNotMatch(shared, /Nothing of yours is sent anywhere else|on this computer/);
  const several = await noticeOf({ redis: 'redis://127.0.0.1', clusterKey: 'a-key-of-a-cluster-in-a-test' });
  assert.doesNotMatch(several, /Nothing of yours is sent anywhere else/);
  assert.match(several, /they get copies of the photos.*delete their copies 24 hours after/s);
  assert.doesNotMatch(several, /bucket/);
});

test('behind a proxy, which may have https, it does not say that there is none', async () => {
  assert.match(await noticeOf({ trustProxy: ['10.0.0.1'], httpsPort: undefined }), /With http, somebody/);
});

test('where photos pass through a store, it names the bucket, and says until when they are there', async () => {
  const config = { clusterKey: 'a-key-of-a-cluster-in-a-test', s3: TEST_STORE };
  for (const [language, said] of [
    ['en', /the bucket school-photos\..*is deleted there within 24 hours/s],
    ['th', /school-photos.*24 ชั่วโมง/s],
  ] as const)
    assert.match(await noticeOf(config, { 'accept-language': language }), said);
});

test('every sentence is said to somebody', () => {
  const said = new Set<string>();
  const some = { isReachedByOthers: true, hasHttps: true, keptModels: 3, keptJobs: 20, namesForgottenMs: 1 } as const;
  for (const isReachedByOthers of [true, false])
    for (const hasHttps of [true, false])
      for (const access of ['open', 'key', 'roles'] as const)
        for (const keepDays of [undefined, 30]) {
          const copiesKeptMs = hasHttps ? 3_600_000 : undefined;
          const namesOutliveRestart = hasHttps;
          const sharesFolder = access === 'open';
          const store = hasHttps ? { bucket: 'photos', keptMs: 3_600_000 } : undefined;
          const facts = {
            ...some,
            ...{ isReachedByOthers, hasHttps, access, keepDays, hasFigures: true, copiesKeptMs, namesOutliveRestart },
            sharesFolder,
            store,
          };
          const { title, sections } = privacyNotice(facts, 'en');
          for (const text of [title, ...sections.flatMap((one) => [one.title, ...one.lines])]) said.add(text);
        }
  assert.equal(said.size, Object.keys(readTopic('privacy.json')).length - 1, 'all but the name of the other language');
});
