import { say } from '../core/language.ts';
import type { Line } from '../room/figures.ts';
import type { Point } from '../room/types.ts';
import { type Box, curvePath, thinned, type Scale } from './curve-path.ts';
import { Scroll } from './scroll.tsx';

interface CurveProps {
  readonly points: readonly Point[];
  readonly lines: readonly Line[];
  readonly scale: Scale;
  readonly lastEpoch: number;
  readonly title: string;
  readonly unit?: string;
}

const SIZE = { width: 320, height: 140 };
const SMALL = { width: 120, height: 32 };
const TABLE_ROWS = 100;
const SMALL_TABLE_ROWS = 5;

/** The curves of a training, with the same figures as a table for those who cannot see them. */
export function Curve({ points, lines, scale, lastEpoch, title, unit = '' }: CurveProps) {
  return (
    <figure class="curve">
      <figcaption>{title}</figcaption>
      <div class="plot" aria-hidden="true">
        <span class="most">
          {scale.most}
          {unit}
        </span>
        <span class="least">
          {scale.least}
          {unit}
        </span>
        <svg viewBox={`0 -4 ${SIZE.width} ${SIZE.height + 8}`} preserveAspectRatio="none" role="presentation">
          {[0, 0.5, 1].map((part) => (
            <path key={part} class="grid" d={`M0 ${part * SIZE.height}H${SIZE.width}`} />
          ))}
          {lines.map(({ figure, kind }) => (
            <path key={figure} class={`line ${kind}`} d={pathOf(points, figure, SIZE, scale, lastEpoch)} />
          ))}
        </svg>
      </div>
      <ul class="legend">
        {lines.map(({ figure, name, kind }) => (
          <li key={figure} class={kind}>
            {say(name)}: <strong>{lastOf(points, figure, unit)}</strong>
          </li>
        ))}
      </ul>
      <details>
        <summary>{say('curve.numbers')}</summary>
        <Scroll label={title}>
          <CurveTable points={thinned(points, TABLE_ROWS)} lines={lines} title={title} unit={unit} />
        </Scroll>
      </details>
    </figure>
  );
}

/** A curve beside a name, for a card. */
export function SmallCurve({ points, lines, scale, lastEpoch, title, unit = '' }: CurveProps) {
  return (
    <div class="small-curve">
      <svg viewBox={`0 -2 ${SMALL.width} ${SMALL.height + 4}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="grid" d={`M0 ${SMALL.height}H${SMALL.width}`} />
        {lines.map(({ figure, kind }) => (
          <path key={figure} class={`line ${kind}`} d={pathOf(points, figure, SMALL, scale, lastEpoch)} />
        ))}
      </svg>
      <div class="for-readers">
        <CurveTable points={thinned(points, SMALL_TABLE_ROWS)} lines={lines} title={title} unit={unit} />
      </div>
    </div>
  );
}

function CurveTable({ points, lines, title, unit = '' }: Pick<CurveProps, 'points' | 'lines' | 'title' | 'unit'>) {
  return (
    <table>
      <caption class="for-readers">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{say('curve.epoch')}</th>
          {lines.map(({ figure, name }) => (
            <th key={figure} scope="col">
              {say(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.epoch}>
            <th scope="row">{point.epoch}</th>
            {lines.map(({ figure }) => (
              <td key={figure}>{shown(point[figure], unit)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function pathOf(points: readonly Point[], figure: string, box: Box, scale: Scale, lastEpoch: number): string {
  const values = points.map((point) => ({ epoch: point.epoch, value: point[figure] }));
  return curvePath(values, box, scale, lastEpoch);
}

function lastOf(points: readonly Point[], figure: string, unit: string): string {
  return shown(points.findLast((point) => point[figure] !== undefined)?.[figure], unit);
}

function shown(value: number | undefined, unit: string): string {
  return value === undefined ? '–' : `${Number(value.toPrecision(3))}${unit}`;
}
