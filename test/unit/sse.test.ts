import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEventId, parseEventId } from '../../src/events/stream/event-id.ts';
import { encodeComment, encodeMessage, encodeRetry } from '../../src/events/stream/sse.ts';
import { toIdeEvent } from '../../src/events/stream/ide.ts';
import { makeCatalogue } from '../../src/messages/catalogue.ts';
import { createSubscriber } from '../../src/events/stream/subscriber.ts';

describe('the encoder', () => {
  it('writes id and data', () => {
    assert.equal(encodeMessage('{"a":1}', 'job:7'), 'id: job:7\ndata: {"a":1}\n\n');
    assert.equal(encodeMessage('x'), 'data: x\n\n');
  });

  it('lets no line break end a message early', () => {
    assert.equal(
      encodeMessage('a\nb\r\nc\rd\n\nevil: x', '1\n2'),
      'id: 12\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: evil: x\n\n',
    );
    assert.equal(encodeComment('a\n\ndata: b'), ': a  data: b\n\n');
    assert.equal(encodeRetry(2000), 'retry: 2000\n\n');
  });
});

describe('event ids', () => {
  it('are read back, and nothing else is', () => {
    assert.deepEqual(parseEventId(formatEventId('0mabc-12', 7)), { jobId: '0mabc-12', seq: 7 });
    assert.deepEqual(parseEventId('7'), { jobId: undefined, seq: 7 });
    for (const text of [undefined, '', 'x', ':7', '-1', '1.5', 'a:b:3', '../x:1', '9'.repeat(16), ' 7'])
      assert.equal(parseEventId(text), undefined);
  });
});

describe('what the IDE reads', () => {
  const catalogue = makeCatalogue([['epoch_end', { en: 'done', th: 'เสร็จ' }]]);

  it("has the sentence of its language in place of the child's own, and curves of numbers only", () => {
    const stored = {
      seq: 3,
      time: 12.5,
      event: 'epoch_end',
      epoch: 1,
      msg: 'own',
      matric: { train_loss: null, val_acc: 93.1, note: 'x' },
    };
    assert.deepEqual(
      toIdeEvent(stored, { source: { jobId: 'j', projectId: 'p' }, language: 'th', wording: 'ide', catalogue }),
      {
        time: 12.5,
        event: 'epoch_end',
        msg: 'เสร็จ',
        seq: 3,
        epoch: 1,
        matric: { val_acc: 93.1 },
        job_id: 'j',
        project_id: 'p',
      },
    );
  });
});

describe('a subscriber', () => {
  const form = { language: 'en', kind: 'job' } as const;

  it('gets everything told since it last took something, as one chunk', async () => {
    const subscriber = createSubscriber(form, 100, assert.fail);
    subscriber.push('a');
    subscriber.push('b');
    assert.equal(await subscriber.next(), 'ab');
    const next = subscriber.next();
    subscriber.push('c');
    assert.equal(await next, 'c');
    subscriber.push('d');
    subscriber.end();
    subscriber.push('e');
    assert.deepEqual([await subscriber.next(), await subscriber.next()], ['d', undefined]);
  });

  it('that takes what it is told is never dropped, however much that is', async () => {
    const subscriber = createSubscriber(form, 100, assert.fail);
    for (let n = 0; n < 100; n += 1) {
      subscriber.push('x'.repeat(60));
      assert.equal((await subscriber.next())?.length, 60);
    }
  });

  it('that takes nothing is dropped at the limit, with what was kept for it', async () => {
    let dropped = 0;
    const subscriber = createSubscriber(form, 10, () => {
      dropped += 1;
    });
    for (let n = 0; n < 100; n += 1) subscriber.push('xxx');
    assert.equal(dropped, 1);
    assert.equal(await subscriber.next(), undefined);
  });
});
