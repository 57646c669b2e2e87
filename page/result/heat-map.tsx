import { language, say } from '../core/language.ts';
import { percent } from '../core/percent.ts';
import { sentenceOf } from '../room/actions.ts';
import { type Heat, isBeside, partsOf, placesOf, type Size, whereOf } from './heat.ts';
import type { Look } from './use-heat.ts';

interface HeatMapProps {
  readonly heat: Heat;
  /** Of the photo below it. */
  readonly size: Size;
}

/** Over a photo: what mattered stays bright and has a frame, the rest is darkened. */
export function HeatMap({ heat: { grid }, size }: HeatMapProps) {
  return (
    <svg class="heat" viewBox="0 0 100 100" aria-hidden="true">
      {partsOf(grid, size).map(({ x, y, size: side, share, matters }) => (
        <g key={`${x} ${y}`}>
          <rect class="veil" x={x} y={y} width={side} height={side} opacity={0.8 * (1 - share)} />
          {matters && <rect class="matters" x={x + 0.8} y={y + 0.8} width={side - 1.6} height={side - 1.6} />}
        </g>
      ))}
    </svg>
  );
}

const WHERE = { nowhere: 'heat.nowhere', places: 'heat.places', everywhere: 'heat.everywhere' } as const;

/** The same in words, or why it cannot be shown. */
export function HeatWords({ look }: { readonly look: Look }) {
  if (look.state === 'closed') return null;
  return (
    <div class="heat-words" role="status">
      {look.state === 'asking' && <p class="note">{say('heat.asking')}</p>}
      {look.state === 'refused' && <p class="why">{sentenceOf(look.refusal)}</p>}
      {look.state === 'seen' && <Seen heat={look.heat} />}
    </div>
  );
}

function Seen({ heat: { label, prob, grid } }: { readonly heat: Heat }) {
  const places = placesOf(grid);
  const names = places.map((place) => say(`heat.at_${place}`));
  const list = new Intl.ListFormat(language(), { type: 'conjunction' }).format(names);
  return (
    <>
      <p>{say(WHERE[whereOf(places)], { label, sure: percent(prob), places: list })}</p>
      {isBeside(places) && <p>{say('heat.beside')}</p>}
      {places.length > 0 && (
        <ul class="heat-legend note">
          <li class="matters">{say('heat.bright')}</li>
          <li class="veil">{say('heat.dark')}</li>
        </ul>
      )}
      <p class="note">{say('heat.how')}</p>
    </>
  );
}
