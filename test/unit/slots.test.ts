import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { halfOf, mostSharing, planSlots, slotsBeside } from '../../src/jobs/domain/slots.ts';
import { listGpus } from '../../src/jobs/gpus.ts';

describe('slots', () => {
  const plan = (device: string, slots: number | undefined, gpus: string[]) =>
    planSlots(device, slots, { gpus, cores: 8 }).map(
      ({ device: name, gpu, threads }) => `${name} ${gpu ?? '-'} ${threads}`,
    );

  it('are one per GPU and one on CPU', () => {
    assert.deepEqual(plan('auto', undefined, []), ['auto - 8']);
    assert.deepEqual(plan('auto', undefined, ['0', '1']), ['auto 0 4', 'auto 1 4']);
    assert.deepEqual(plan('cpu', undefined, ['0', '1']), ['cpu - 8']);
  });

  it('are as many as asked for, and share GPUs and cores', () => {
    assert.deepEqual(plan('cuda', 3, ['2', '5']), ['cuda 2 2', 'cuda 5 2', 'cuda 2 2']);
    assert.deepEqual(plan('cuda:1', 2, ['0', '1']), ['cuda:1 - 4', 'cuda:1 - 4']);
    assert.deepEqual(planSlots('cpu', 16, { gpus: [], cores: 4 }).at(-1), { index: 15, device: 'cpu', threads: 1 });
  });

  it('are shared by as many as there are threads, four at most', () => {
    const sharing = (device: string, slots: number, cores: number) =>
      mostSharing(planSlots(device, slots, { gpus: [], cores }));
    assert.deepEqual([sharing('auto', 1, 2), sharing('cpu', 2, 16), sharing('cpu', 2, 3)], [2, 4, 1]);
    assert.deepEqual([sharing('cuda:1', 1, 8), mostSharing([])], [1, 1]);
  });

  it('have two beside them for short jobs, each with all cores, or half of them', () => {
    const [first, second, ...more] = slotsBeside(planSlots('auto', 2, { gpus: ['3'], cores: 5 }), 5);
    assert.deepEqual([first, second?.index, more], [{ index: 2, device: 'auto', threads: 5, gpu: '3' }, 3, []]);
    assert.deepEqual(first && halfOf(first), { ...first, threads: 2 });
    const [only, ...none] = slotsBeside([], 1);
    assert.deepEqual([only && halfOf(only), none], [{ index: 0, device: 'cpu', threads: 1 }, []]);
  });

  it('see the GPUs that this process may use', () => {
    const files = () => ['null', 'nvidia0', 'nvidia1', 'nvidiactl', 'nvidia-uvm'];
    const list = (visible?: string) => listGpus({ CUDA_VISIBLE_DEVICES: visible }, files).join();
    assert.deepEqual(
      [list(), list('1'), list('1,0'), list(''), list('-1'), list('0,-1')],
      ['0,1', '1', '1,0', '', '', '0'],
    );
  });
});
