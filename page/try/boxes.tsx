import type { AnswerBox } from '../../src/models/schemas.ts';
import { percent } from '../core/percent.ts';

interface BoxesProps {
  readonly boxes: readonly AnswerBox[];
  readonly width: number;
  readonly height: number;
}

/** The boxes over the picture, in the picture's own pixels. */
export function Boxes({ boxes, width, height }: BoxesProps) {
  const unit = Math.max(width, height) / 100;
  return (
    <svg class="boxes" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {boxes.map(({ x1, y1, x2, y2, label, prob }) => (
        <g key={`${label} ${x1} ${y1} ${x2} ${y2}`}>
          <rect x={x1} y={y1} width={x2 - x1} height={y2 - y1} stroke-width={unit} />
          <text x={x1 + unit} y={y1 + unit * 5} font-size={unit * 4.5}>
            {label} {percent(prob)}
          </text>
        </g>
      ))}
    </svg>
  );
}
