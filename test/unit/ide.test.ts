import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toIdeEvent } from '../../src/events/stream/ide.ts';
import { makeCatalogue } from '../../src/messages/catalogue.ts';

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
