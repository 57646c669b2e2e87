import type { Static } from 'typebox';
import type { HeatAnswer } from '../../src/samples/schemas.ts';

// Where the network looked in a photo, apart from its drawing.

export type Heat = Static<typeof HeatAnswer>;

const PLACES = [
  ['top_left', 'top', 'top_right'],
  ['left', 'centre', 'right'],
  ['bottom_left', 'bottom', 'bottom_right'],
] as const;
export type Place = (typeof PLACES)[number][number];

/** Of the part that matters most, which is 1. */
const MATTERS = 0.5;
/** In more places than these it looked everywhere. */
const MOST_PLACES = 4;

export interface Part {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** From 0 to 1. */
  readonly share: number;
  readonly matters: boolean;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The parts of the grid over a photo that lies whole in the middle of a square of 100 × 100. The network sees the
 * middle square of the photo.
 */
export function partsOf(grid: Heat['grid'], { width, height }: Size): Part[] {
  const side = (Math.min(width, height) / Math.max(width, height)) * 100;
  const size = side / grid.length;
  const from = (100 - side) / 2;
  return grid.flatMap((row, y) =>
    row.map((share, x) => ({ x: from + x * size, y: from + y * size, size, share, matters: share >= MATTERS })),
  );
}

/** In which of nine places the parts lie that matter, the one that matters most first. */
export function placesOf(grid: Heat['grid']): Place[] {
  const sums = new Map<Place, number>();
  for (const [y, row] of grid.entries())
    for (const [x, share] of row.entries()) {
      const place = PLACES[third(y, grid.length)]?.[third(x, row.length)];
      if (place !== undefined && share >= MATTERS) sums.set(place, (sums.get(place) ?? 0) + share);
    }
  return [...sums].sort(([, a], [, b]) => b - a).map(([place]) => place);
}

export type Where = 'nowhere' | 'places' | 'everywhere';

export function whereOf(places: readonly Place[]): Where {
  if (places.length === 0) return 'nowhere';
  return places.length > MOST_PLACES ? 'everywhere' : 'places';
}

/** Beside the middle, where one puts what one photographs, a network may look at the background. */
export function isBeside(places: readonly Place[]): boolean {
  return whereOf(places) === 'places' && !places.includes('centre');
}

/** Of seven: two, three and two. */
function third(index: number, count: number): number {
  return Math.min(2, Math.floor(((index + 0.5) * 3) / count));
}
