import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClassReaders } from '../../src/classroom/class-readers.ts';
import { viewOf } from '../../src/classroom/view.ts';
import { inEnglish, person } from '../helpers/person.ts';

const NOTHING = { text: '', known: undefined };

describe('the readers of a class', () => {
  it('one that takes nothing is dropped at its limit, and the others go on', async () => {
    const readers = createClassReaders(100);
    let dropped = 0;
    const open = (onDrop: () => void) =>
      readers.open({ signal: new AbortController().signal, onDrop }, inEnglish, { ...NOTHING, text: 'beginning' });
    const [asleep, awake] = [open(() => (dropped += 1)), open(assert.fail)];
    await Promise.all([asleep.next(), awake.next()]);
    for (let count = 0; count < 5; count += 1) {
      const chunk = awake.next();
      readers.send(() => 'x'.repeat(40));
      assert.equal((await chunk).value, 'x'.repeat(40));
    }
    assert.equal(dropped, 1);
    assert.equal((await asleep.next()).done, true);
    assert.equal(readers.size, 1);
    readers.endAll();
    assert.equal((await awake.next()).done, true);
    assert.equal(readers.size, 0);
  });

  it('encodes once for each language', async () => {
    const readers = createClassReaders(100);
    const streams = (['en', 'th', 'en'] as const).map((language) =>
      readers.open({ signal: new AbortController().signal, onDrop: assert.fail }, viewOf(person(), language), NOTHING),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    const asked: string[] = [];
    const chunks = streams.map((stream) => stream.next());
    readers.send(({ language }) => {
      asked.push(language);
      return language;
    });
    assert.deepEqual(
      [asked, (await Promise.all(chunks)).map(({ value }) => value)],
      [
        ['en', 'th'],
        ['en', 'th', 'en'],
      ],
    );
    readers.endAll();
  });

  it('encodes for each pupil, who is sent nothing where there is nothing for them', async () => {
    const readers = createClassReaders(100);
    const names = ['Ann', 'Ben', 'Cid'];
    const streams = names.map((name) =>
      readers.open(
        { signal: new AbortController().signal, onDrop: assert.fail },
        viewOf(person({ role: 'pupil', name }), 'en'),
        NOTHING,
      ),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    const chunks = streams.map((stream) => stream.next());
    readers.send(({ person: { name } }) => (name === 'Ben' ? '' : `for ${name}`));
    readers.send(() => ' and for all');
    assert.deepEqual(
      (await Promise.all(chunks)).map(({ value }) => value),
      ['for Ann and for all', ' and for all', 'for Cid and for all'],
    );
    readers.endAll();
  });
});
