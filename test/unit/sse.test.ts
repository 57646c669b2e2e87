import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeComment, encodeMessage, encodeRetry } from '../../src/events/stream/sse.ts';

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
