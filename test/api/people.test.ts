import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import type { App } from '../../src/http/app-type.ts';
import { buildTestApp, type TestApp } from '../helpers/build-test-app.ts';
import { pupil, PUPIL_KEY, ROLE_KEYS, TEACHER_KEY, type Pupil } from '../helpers/pupil.ts';
import { setUp } from '../helpers/set-up.ts';

type You = { readonly role: string; readonly name: string | null; readonly address: string };

describe('the name that a request says', () => {
  let app: App;
  setUp(async () => {
    ({ app } = await buildTestApp({ keys: ROLE_KEYS }));
  });
  const ask = (headers: Readonly<Record<string, string>>, query = '') => pupil(app, { headers }).get(`/class${query}`);
  const nameIn = async (headers: Readonly<Record<string, string>>, query = '') =>
    ((await ask(headers, query)).body['you'] as You | undefined)?.name;

  it('is a header of UTF-8 in percent signs, or a field of the query where there are no headers', async () => {
    assert.equal(await nameIn({ 'x-mai-name': encodeURIComponent(' น้ำฝน ') }), 'น้ำฝน');
    assert.equal(await nameIn({ 'x-mai-name': 'Ann Lee' }), 'Ann Lee');
    assert.equal(await nameIn({ 'x-mai-name': encodeURIComponent('👩‍🏫<i>') }), '👩‍🏫<i>');
    assert.equal(await nameIn({}, `?name=${encodeURIComponent('Zoe\u0301')}`), 'Zo\u00e9');
    assert.equal(await nameIn({ 'x-mai-name': 'Ann' }, '?name=Ben'), 'Ann');
    assert.equal(await nameIn({}), null);
  });

  it('that is none is refused, with what it may be, by every route', async () => {
    const long = encodeURIComponent('ก'.repeat(41));
    for (const header of ['', '%20', '%', '%zz', '%ff', 'caf\u00e9', '%00', 'A%0AB', long])
      for (const path of ['/class', '/ping', '/projects/x', '/nothing/there']) {
        const { status, body } = await pupil(app, { headers: { 'x-mai-name': header } }).get(path);
        if (path === '/nothing/there') assert.equal(status, 404);
        else assert.deepEqual([status, body['code']], [400, 'name_invalid'], `${header} ${path}`);
      }
    const { body } = await ask({ 'x-mai-name': long, 'accept-language': 'th' });
    assert.match(String(body['reason']), /1 ถึง 40 ตัวอักษร/);
    for (const query of ['?name=', '?name=a&name=b', `?name=${long}`])
      assert.equal((await ask({}, query)).status, 400, query);
  });

  it('and its role come from nowhere else: no query makes a pupil a teacher', async () => {
    const { body } = await ask({}, '?role=teacher&key=x&workspace=7b');
    assert.deepEqual(body['you'], { role: 'pupil', name: null, address: '10.0.0.1' });
    const teacher = await pupil(app, { key: TEACHER_KEY, name: 'Ann' }).get('/class?role=pupil');
    assert.deepEqual(teacher.body['you'], { role: 'teacher', name: 'Ann', address: '10.0.0.1' });
  });

  it('is described', async () => {
    const { paths } = (await pupil(app).get('/docs/json')).body as { paths: Record<string, Record<string, object>> };
    for (const [path, methods] of Object.entries(paths))
      assert.match(JSON.stringify(methods), /"name":"x-mai-name".*percent-encoded|percent-encoded.*"x-mai-name"/, path);
    for (const path of ['/class/events', '/listen', '/jobs/{id}/events', '/projects/{id}/samples/{sample}/thumbnail'])
      assert.match(JSON.stringify(paths[path]), /"in":"query","name":"name"/, path);
  });
});

describe('a project', () => {
  let test: TestApp;
  let teacher: Pupil;
  setUp(async () => {
    test = await buildTestApp({ keys: ROLE_KEYS });
    teacher = pupil(test.app, { key: TEACHER_KEY, address: '10.0.9.9' });
  });
  const seat = (name: string | undefined, address: string) => pupil(test.app, { name, address });
  const ownerFile = (id: string) => join(test.config.projectsDir, '@7a', id, 'owner.json');

  it('belongs to the name that uploaded it, from any address and however it is spelt', async () => {
    await seat('Zoé', '10.1.0.1').upload('zoe');
    assert.deepEqual(await seat('ZOE\u0301', '10.1.0.2').wall(), { zoe: ['Zoé'] });
    assert.deepEqual(await seat('Zoe', '10.1.0.1').wall(), {});
    assert.deepEqual(await seat(undefined, '10.1.0.1').wall(), {}, 'the address counts where no name does');
  });

  it('without a name belongs to its address', async () => {
    await seat(undefined, '10.2.0.1').upload('ide');
    assert.deepEqual(await seat(undefined, '10.2.0.1').wall(), { ide: [] });
    assert.deepEqual(await seat(undefined, '10.2.0.2').wall(), {});
    assert.equal(existsSync(ownerFile('ide')), false);
  });

  it('that the IDE sent belongs to the one name at its address, taken before or after', async () => {
    await seat('Ann', '10.3.0.1').wall();
    await seat(undefined, '10.3.0.1').upload('after');
    assert.deepEqual(await seat('Ann', '10.3.0.7').wall(), { after: ['Ann'] });
    await seat(undefined, '10.3.0.2').upload('before');
    assert.deepEqual(await seat('Ben', '10.3.0.2').wall(), { before: ['Ben'] });
  });

  it('of an address from which others came too is nobody’s until somebody says so, and can still be seen there', async () => {
    const [ide, fon] = [seat(undefined, '10.3.1.1'), seat('ฝน', '10.3.1.1')];
    await ide.upload('one');
    await ide.upload('two');
    assert.deepEqual(await fon.wall(), { two: [], one: [] }, 'a class may sit behind that address');
    assert.deepEqual(await ide.wall(), { two: [], one: [] });
    const refused = await fon.remove('/projects/one');
    assert.deepEqual([refused.status, refused.body['code']], [409, 'whose_is_it']);
    await fon.post('/projects/one/owner', { name: 'ฝน' });
    await ide.upload('three');
    assert.deepEqual(await fon.wall(), { three: [], two: [], one: ['ฝน'] });
    assert.equal((await fon.remove('/projects/one')).status, 200);
    await seat('Gaew', '10.3.1.1').wall();
    assert.deepEqual(await fon.wall(), { three: ['ฝน', 'Gaew'], two: ['ฝน', 'Gaew'] });
  });

  it('of an address with several names asks whose it is, and one press confirms it', async () => {
    await seat('Cid', '10.4.0.1').wall();
    await seat(undefined, '10.4.0.1').upload('shared');
    const dao = seat('ดาว', '10.4.0.1');
    assert.deepEqual(await dao.wall(), { shared: ['Cid', 'ดาว'] });
    const refused = await dao.remove('/projects/shared');
    assert.deepEqual([refused.status, refused.body['code']], [409, 'whose_is_it']);
    const answer = await dao.post('/projects/shared/owner', { name: ' ดาว ' });
    assert.deepEqual([answer.status, answer.body], [200, { result: 'OK', names: ['ดาว'] }]);
    assert.deepEqual(await seat('Cid', '10.4.0.1').wall(), {});
  });

  it('stays confirmed whoever comes to its address, and takes no name that is none', async () => {
    await seat('Eve', '10.4.0.1').wall();
    await seat(undefined, '10.4.0.1').upload('shared');
    const dao = seat('ดาว', '10.4.0.8');
    assert.deepEqual(await dao.wall(), { shared: ['ดาว'] });
    for (const wish of [{ name: ' ' }, { name: 'x'.repeat(41) }, { name: ['Cid', 'Dan'] }, {}])
      assert.equal((await dao.post('/projects/shared/owner', wish)).status, 400, JSON.stringify(wish));
    assert.deepEqual(JSON.parse(await readFile(ownerFile('shared'), 'utf8')), { names: ['ดาว'], confirmed: true });
  });

  it('is still confirmed in a file of an earlier version, and still open in one that guessed', async () => {
    for (const [id, told, address] of [
      ['said', true, '10.28.0.1'],
      ['seen', false, '10.28.0.2'],
    ] as const) {
      await seat(undefined, address).upload(id);
      await writeFile(ownerFile(id), JSON.stringify({ names: ['Ann'], told }));
      await seat('Ben', address).wall();
      await seat(undefined, address).upload(id);
    }
    const wall = await teacher.wall();
    assert.deepEqual([wall['said'], wall['seen']], [['Ann'], ['Ann', 'Ben']]);
    assert.deepEqual(JSON.parse(await readFile(ownerFile('seen'), 'utf8')), {
      names: ['Ann', 'Ben'],
      confirmed: false,
    });
  });

  it('changes its owner for a teacher, and for whoever may look at it, and for nobody else', async () => {
    await seat('Fay', '10.5.0.1').upload('fays');
    const other = await seat('Gus', '10.5.0.1').post('/projects/fays/owner', { name: 'Gus' });
    assert.deepEqual([other.status, other.body['code']], [403, 'not_yours']);
    const give = async (id: string, name: string) => (await teacher.post(`/projects/${id}/owner`, { name })).status;
    const walls = async () =>
      Promise.all(
        [seat('Gus', '10.5.0.3').wall(), seat(undefined, '10.5.0.1').wall()].map(async (wall) =>
          Object.keys(await wall),
        ),
      );
    assert.deepEqual([await give('fays', 'Gus'), ...(await walls())], [200, ['fays'], []]);
    assert.deepEqual([await give('fays', ''), ...(await walls())], [200, [], ['fays']]);
    assert.equal(await give('none', 'Gus'), 404);
  });

  it('keeps its name over another upload, whoever sends it, and over a restart; DELETE ends it', async () => {
    await seat('Hal', '10.6.0.1').upload('hals');
    assert.equal((await seat('Ivy', '10.6.0.2').upload('hals')).status, 200, 'who knows the id may upload');
    assert.deepEqual(await seat('Ivy', '10.6.0.2').wall(), {});
    const again = await buildTestApp({ keys: ROLE_KEYS, projectsDir: test.config.projectsDir });
    const hal = pupil(again.app, { name: 'hal', address: '10.6.0.3' });
    assert.deepEqual(await hal.wall(), { hals: ['Hal'] });
    assert.equal((await hal.remove('/projects/hals')).status, 200);
    assert.equal(existsSync(ownerFile('hals')), false);
    await pupil(again.app, { name: 'Ivy', address: '10.6.0.2' }).upload('hals');
    assert.deepEqual(await hal.wall(), {}, 'a new project is not that of before');
  });

  it('is nobody’s by what a teacher does', async () => {
    await pupil(test.app, { key: TEACHER_KEY, name: 'Kru', address: '10.7.0.1' }).upload('lent');
    assert.deepEqual((await teacher.wall())['lent'], []);
    await seat(undefined, '10.7.0.1').upload('lent');
    assert.deepEqual((await teacher.wall())['lent'], [], 'the name of a teacher is not that of an IDE');
  });

  it('whose owner.json is damaged goes on without it', async () => {
    await seat('Jon', '10.8.0.1').upload('jons');
    await writeFile(ownerFile('jons'), '{"names":');
    assert.deepEqual(await seat('Jon', '10.8.0.1').wall(), { jons: [] });
    await teacher.post('/projects/jons/owner', { name: 'Jon' });
    assert.deepEqual(await seat('Jon', '10.8.0.2').wall(), { jons: ['Jon'] });
    assert.ok(existsSync(`${ownerFile('jons')}.damaged`));
  });
});

it('without roles everybody sees everything, with the names that are known', async () => {
  const { app } = await buildTestApp();
  await pupil(app, { key: '', name: 'Ann' }).upload('anns');
  await pupil(app, { key: '', address: '10.0.0.2' }).upload('ide');
  for (const seat of [{}, { name: 'Ben' }, { name: 'Ann', address: '10.0.0.7' }])
    assert.deepEqual(await pupil(app, { key: '', ...seat }).wall(), { ide: [], anns: ['Ann'] });
  assert.equal((await pupil(app, { key: '', name: 'Ben' }).remove('/projects/anns')).status, 200);
});

it('a school goes over from one key to roles, and its projects stay where they are', async () => {
  const before = await buildTestApp({ keys: loadConfig({ MAI_KEY: PUPIL_KEY }).keys });
  await pupil(before.app, { address: '10.0.0.1' }).upload('old');
  const { keys } = loadConfig({ MAI_KEY: `teacher::${TEACHER_KEY},pupil::${PUPIL_KEY}` });
  const { app } = await buildTestApp({ keys, projectsDir: before.config.projectsDir });
  assert.deepEqual(await pupil(app, { key: TEACHER_KEY, address: '10.0.0.9' }).wall(), { old: [] });
  assert.deepEqual(await pupil(app, { address: '10.0.0.1' }).wall(), { old: [] });
  assert.deepEqual(await pupil(app, { address: '10.0.0.2' }).wall(), {});
});

it('behind a proxy two pupils are two addresses', async () => {
  const { app } = await buildTestApp({ keys: ROLE_KEYS, trustProxy: ['127.0.0.1'] });
  const at = (address: string, name?: string) =>
    pupil(app, { name, address: '127.0.0.1', headers: { 'x-forwarded-for': `9.9.9.9, ${address}` } });
  await at('10.0.0.1', 'Ann').wall();
  await at('10.0.0.2', 'Ben').wall();
  await at('10.0.0.1').upload('of-ann');
  await at('10.0.0.2').upload('of-ben');
  assert.deepEqual(await at('10.0.0.5', 'Ann').wall(), { 'of-ann': ['Ann'] });
  assert.deepEqual(await at('10.0.0.5', 'Ben').wall(), { 'of-ben': ['Ben'] });
});

it('what a teacher shows to the class holds the pupils’ key', async () => {
  const { app } = await buildTestApp({ keys: ROLE_KEYS });
  for (const key of [TEACHER_KEY, PUPIL_KEY]) {
    const { body } = await pupil(app, { key }).get('/addresses');
    assert.match(JSON.stringify(body), new RegExp(`/w/${PUPIL_KEY}`));
    assert.doesNotMatch(JSON.stringify(body), new RegExp(TEACHER_KEY));
  }
});
