import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBeside, partsOf, placesOf, whereOf } from '../../page/result/heat.ts';

/** Seven rows of seven parts, 0 but for these. */
function gridOf(shares: Readonly<Record<string, number>>): number[][] {
  return Array.from({ length: 7 }, (_, y) => Array.from({ length: 7 }, (__, x) => shares[`${x},${y}`] ?? 0));
}

describe('where the network looked', () => {
  it('is described by nine places of the picture, the one that matters most first', () => {
    assert.deepEqual(placesOf(gridOf({ '0,0': 0.5, '3,3': 1, '6,6': 0.6, '6,5': 0.6, '3,6': 0.49 })), [
      'bottom_right',
      'centre',
      'top_left',
    ]);
    const places = ['1,1', '2,1', '5,0', '1,2', '4,4', '5,2', '1,5', '2,5', '5,5'].map((at) =>
      placesOf(gridOf({ [at]: 1 })).join(),
    );
    assert.equal(places.join(), 'top_left,top,top_right,left,centre,right,bottom_left,bottom,bottom_right');
  });

  it('is nowhere, in some places, or everywhere', () => {
    assert.equal(whereOf(placesOf(gridOf({}))), 'nowhere');
    assert.equal(whereOf(['top', 'left', 'right', 'bottom']), 'places');
    assert.equal(whereOf(['top', 'left', 'right', 'bottom', 'centre']), 'everywhere');
  });

  it('is beside the middle where the centre does not matter', () => {
    assert.equal(isBeside(['top']), true);
    assert.equal(isBeside(['top', 'centre']), false);
    assert.equal(isBeside([]), false);
    assert.equal(isBeside(['top', 'left', 'right', 'bottom', 'top_left']), false);
  });
});

describe('the parts over a photo', () => {
  it('fill its middle square, whichever side is longer', () => {
    const grid = [
      [0, 0.5],
      [0.49, 1],
    ];
    assert.deepEqual(partsOf(grid, { width: 160, height: 80 }), [
      { x: 25, y: 25, size: 25, share: 0, matters: false },
      { x: 50, y: 25, size: 25, share: 0.5, matters: true },
      { x: 25, y: 50, size: 25, share: 0.49, matters: false },
      { x: 50, y: 50, size: 25, share: 1, matters: true },
    ]);
    assert.deepEqual(partsOf(grid, { width: 90, height: 120 })[0], {
      x: 12.5,
      y: 12.5,
      size: 37.5,
      share: 0,
      matters: false,
    });
  });
});
