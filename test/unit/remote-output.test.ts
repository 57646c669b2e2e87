import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_LINE_BYTES } from '../../src/child/line-splitter.ts';
import { ownAddresses } from '../../src/cluster/remote/announce.ts';
import { createOutputQueue } from '../../src/cluster/remote/output-queue.ts';
import { LIMITS } from '../../src/cluster/remote/protocol.ts';

const LONG = 'x'.repeat(500_000);

describe('what a child has written and the web server has not got', () => {
  it('stays in its order until it was taken', () => {
    const queue = createOutputQueue();
    queue.lines([{ text: 'a' }, { text: 'b' }]);
    queue.stderr(Buffer.from('oh'));
    assert.deepEqual(queue.next(), [{ text: 'a' }, { text: 'b' }, { stderr: 'b2g=' }]);
    queue.took(2);
    assert.deepEqual(queue.next(), [{ stderr: 'b2g=' }]);
  });

  it('is sent in parts that fit into a request', () => {
    const queue = createOutputQueue();
    queue.lines([{ text: LONG }, { text: LONG }, { text: 'a' }]);
    assert.equal(queue.next().length, 1);
    queue.took(1);
    assert.equal(queue.next().length, 2);
    queue.took(2);
    queue.lines(Array.from({ length: 5_000 }, () => ({ text: 'b' })));
    assert.equal(queue.next().length, 2_000);
  });

  it('has no batches and nothing for people where the network is too slow, but every epoch', () => {
    const queue = createOutputQueue();
    queue.lines(Array.from({ length: 40 }, () => ({ text: `{${LONG}` })));
    queue.lines([{ text: '{"event": "batch_end", "batch": 1}' }, { text: '{"event": "epoch_end"}' }]);
    queue.stderr(Buffer.from('oh'));
    queue.took(40);
    assert.deepEqual(queue.next(), [{ text: '{"event": "epoch_end"}' }]);
  });

  it('has no noise either: a child that prints without an end must not fill the memory', () => {
    const queue = createOutputQueue();
    for (let at = 0; at < 100; at += 1) queue.lines([{ text: LONG }, { head: LONG, bytes: 1e9 }]);
    queue.lines([{ text: '{"event":"epoch_end"}' }]);
    let chars = 0;
    for (let items = queue.next(); items.length > 0; items = queue.next()) {
      chars += items.length * LONG.length;
      queue.took(items.length);
    }
    assert.ok(chars < 20_000_000, `${chars}`);
  });

  it('fits into a request also as the longest line of the worst characters', () => {
    const queue = createOutputQueue();
    queue.lines([{ text: '\0'.repeat(MAX_LINE_BYTES) }, { text: 'a' }]);
    assert.ok(JSON.stringify({ from: 1e9, items: queue.next() }).length < LIMITS.jsonBytes);
    queue.took(1);
    queue.lines(Array.from({ length: 2_000 }, () => ({ text: '\0'.repeat(MAX_LINE_BYTES / 8) })));
    assert.ok(JSON.stringify({ from: 1e9, items: queue.next() }).length < LIMITS.jsonBytes);
  });

  it('is waited for, or for its end', async () => {
    const queue = createOutputQueue();
    const some = queue.whenSome();
    queue.lines([{ text: 'a' }]);
    await some;
    queue.took(1);
    const end = queue.whenSome();
    queue.close();
    await end;
    assert.equal(queue.isClosed, true);
  });
});

describe('where a web server says that it is', () => {
  it('is its setting, the address at which it listens, or each of its addresses', () => {
    const clusterAddress = 'https://mai.school.th:5443';
    assert.deepEqual(ownAddresses({ host: '0.0.0.0', clusterAddress }, 5000), [clusterAddress]);
    assert.deepEqual(ownAddresses({ host: '10.0.0.5', clusterAddress: undefined }, 5001), ['http://10.0.0.5:5001']);
    const everywhere = ownAddresses({ host: '0.0.0.0', clusterAddress: undefined }, 5000);
    assert.ok(everywhere.includes('http://127.0.0.1:5000') && !everywhere.includes('http://0.0.0.0:5000'));
  });
});
