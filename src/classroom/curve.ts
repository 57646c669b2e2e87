import type { StoredEvent } from '../events/log/stored-event.ts';
import type { CurvePoint } from '../models/result.ts';

const MAX_POINTS = 100;

/** The point of an `epoch_end`; undefined for every other event. */
export function pointOf({ event, epoch, matric }: StoredEvent): CurvePoint | undefined {
  if (event !== 'epoch_end' || typeof epoch !== 'number' || typeof matric !== 'object' || matric === null)
    return undefined;
  const numbers = Object.entries(matric).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return { ...Object.fromEntries(numbers), epoch };
}

/** So many points as a small curve can show, the first and the last among them. */
export function thinned(points: readonly CurvePoint[], most = MAX_POINTS): CurvePoint[] {
  if (points.length <= most) return [...points];
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => points[Math.round(index * step)]).filter(
    (point) => point !== undefined,
  );
}

/** The curve of one training while it grows. A resumed training may send an epoch again. */
export interface GrowingCurve {
  readonly jobId: string;
  add(point: CurvePoint): void;
  points(): CurvePoint[];
}

export function growCurve(jobId: string): GrowingCurve {
  const byEpoch = new Map<number, CurvePoint>();
  return {
    jobId,
    add: (point) => void byEpoch.set(point.epoch, point),
    points: () => [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch),
  };
}
