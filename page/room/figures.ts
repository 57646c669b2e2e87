import type { TextKey } from '../core/text-key.ts';
import type { Card, Point, ProjectType } from './types.ts';

// Which figures a training's curves show, by the type of the project.

export interface Line {
  readonly figure: string;
  readonly name: TextKey;
  readonly kind: 'own' | 'other';
}

/** Percent of answers that are right; for boxes the mAP, which the IDE calls the same. */
export function qualityLines(type: ProjectType, points: readonly Point[]): Line[] {
  const own: Line = {
    figure: 'val_acc',
    name: type === 'OBJECT_DETECTION' ? 'curve.map' : 'curve.val_acc',
    kind: 'own',
  };
  return withOther(own, { figure: 'train_acc', name: 'curve.train_acc', kind: 'other' }, points);
}

export function lossLines(points: readonly Point[]): Line[] {
  const own: Line = { figure: 'val_loss', name: 'curve.val_loss', kind: 'own' };
  const other: Line = { figure: 'train_loss', name: 'curve.train_loss', kind: 'other' };
  return points.some((point) => point['val_loss'] !== undefined)
    ? withOther(own, other, points)
    : [{ ...other, kind: 'own' }];
}

function withOther(own: Line, other: Line, points: readonly Point[]): Line[] {
  return points.some((point) => point[other.figure] !== undefined) ? [own, other] : [own];
}

/** The epoch at the right end of the curve. */
export function lastEpochOf({ job, curve }: Pick<Card, 'job' | 'curve'>): number {
  const planned = job?.kind === 'train' ? (job.max_epoch ?? 1) : 1;
  return Math.max(planned, curve.at(-1)?.epoch ?? 1);
}
