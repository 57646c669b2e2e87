import { say } from '../core/language.ts';
import { Curve } from '../parts/curve.tsx';
import { PERCENT, roundUp } from '../parts/curve-path.ts';
import { Figure } from '../parts/figure.tsx';
import { Progress } from '../parts/progress.tsx';
import { busy, stop, train } from '../room/actions.ts';
import { lastEpochOf, lossLines, qualityLines } from '../room/figures.ts';
import { isOpen, partDone } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';

/** A training as it goes: how far, how long still, how well; after a failure why, and what to do. */
export function Training({ card }: { readonly card: Card }) {
  return (
    <section aria-labelledby="training">
      <h2 id="training">{say('part.training')}</h2>
      {card.state === 'failed' && <Failure card={card} />}
      {isOpen(card) && <Running card={card} />}
      {!isOpen(card) && card.state !== 'failed' && <Again card={card} />}
      <Curves card={card} />
    </section>
  );
}

function Running({ card }: { readonly card: Card }) {
  const { id, job, state } = card;
  const part = partDone(card);
  return (
    <div class="running">
      <dl class="summary">
        {state === 'waiting' && job?.place !== undefined && <Figure name={say('training.place')} value={job.place} />}
        {job?.epoch !== undefined && (
          <Figure
            name={say('training.epoch')}
            value={say('training.epoch_of', { epoch: job.epoch, max: job.max_epoch })}
          />
        )}
        {job?.eta_s !== undefined && (
          <Figure
            name={say(state === 'waiting' ? 'training.starts_in' : 'training.left')}
            value={say('training.about', { time: job.eta_s })}
          />
        )}
      </dl>
      {part !== undefined && <Progress part={part} label={say('training.progress')} />}
      <button type="button" disabled={busy.value.has(id)} onClick={() => void stop(id)}>
        {say(job?.kind === 'convert' ? 'button.stop' : 'button.stop_training')}
      </button>
    </div>
  );
}

/** The IDE is stuck after a failure; here it goes on. */
function Failure({ card: { id, job } }: { readonly card: Card }) {
  return (
    <div class="failure">
      <h3>{say(job?.kind === 'convert' ? 'state.convert_failed' : 'training.why')}</h3>
      <p>{job?.reason || say('stuck.failed')}</p>
      <p class="note">{say('training.after_failure')}</p>
      <button type="button" class="main" disabled={busy.value.has(id)} onClick={() => void train(id)}>
        {say('button.train_again')}
      </button>
    </div>
  );
}

function Again({ card: { id, job, state } }: { readonly card: Card }) {
  return (
    <p>
      {state === 'cancelled' && <>{say('training.cancelled')} </>}
      {state === 'uploaded' && <>{say('training.none')} </>}
      {state === 'completed' && <>{say('training.done')} </>}
      <button type="button" disabled={busy.value.has(id)} onClick={() => void train(id)}>
        {say(job === null ? 'button.train' : 'button.train_again')}
      </button>
    </p>
  );
}

function Curves({ card }: { readonly card: Card }) {
  const { curve, type } = card;
  if (curve.length === 0) return isOpen(card) ? <p class="note">{say('training.no_curve_yet')}</p> : null;
  const lastEpoch = lastEpochOf(card);
  const losses = lossLines(curve);
  const highest = Math.max(...curve.flatMap((point) => losses.map(({ figure }) => point[figure] ?? 0)));
  return (
    <div class="curves">
      <Curve
        points={curve}
        lines={qualityLines(type, curve)}
        scale={PERCENT}
        lastEpoch={lastEpoch}
        title={say(type === 'OBJECT_DETECTION' ? 'curve.map_title' : 'curve.quality_title')}
        unit=" %"
      />
      <Curve
        points={curve}
        lines={losses}
        scale={{ least: 0, most: roundUp(highest) }}
        lastEpoch={lastEpoch}
        title={say('curve.loss_title')}
      />
    </div>
  );
}
