import assert from 'node:assert/strict';
import test from 'node:test';
import { makeToneProject, tone } from '../helpers/tone-project.ts';
import { startWalk } from '../helpers/walk.ts';

test('recorded words become the numpy network of the board', async (t) => {
  const walk = await startWalk();
  t.after(() => walk.close());
  const zip = await makeToneProject('tones', { low: 300, middle: 1100, สูง: 3300 }, 8);
  assert.equal((await walk.ide.upload('tones', zip)).result, 'success');
  assert.equal((await walk.ide.train('tones', { epochs: 8 })).result, 'OK');
  await walk.waitFor('train_end', 300_000);
  assert.equal((await walk.ide.convert('tones')).result, 'OK');
  assert.equal((await walk.ide.output('tones', 'model_cpu.npz')).subarray(0, 2).toString(), 'PK');

  const form = new FormData();
  form.append('audio', new Blob([new Uint8Array(tone(3300, 3, 1))], { type: 'audio/wav' }), 'clip.wav');
  form.append('project_id', 'tones');
  form.append('type', 'voice');
  const answer = await fetch(`${walk.server.base}/inference_image`, { method: 'POST', body: form });
  const heard = (await answer.json()) as {
    result: string;
    prediction: string;
    probs: Record<string, number>;
    loudest_s: number;
  };
  assert.equal(heard.result, 'OK', JSON.stringify(heard));
  assert.equal(heard.prediction, 'สูง');
  assert.ok(heard.loudest_s > 0.1 && heard.loudest_s < 0.9, `loudest at ${heard.loudest_s} s of 1 s`);
});

test('a block-built network with a mistake is answered with its line', async (t) => {
  const walk = await startWalk();
  t.after(() => walk.close());
  await walk.ide.upload('tones', await makeToneProject('tones', { low: 300, high: 2000 }, 4));
  const code =
    "torch.nn.Conv2d(in_channels=3, out_channels=8, kernel_size=(3,3))\n__import__('os').system('touch /tmp/owned')";
  const from = walk.events.length;
  await walk.ide.train('tones', { code });
  const deadline = Date.now() + 60_000;
  let error = walk.events.slice(from).find((event) => event.event === 'error');
  while (!error && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    error = walk.events.slice(from).find((event) => event.event === 'error');
  }
  assert.match(error?.msg ?? '', /line 2/i);
});
