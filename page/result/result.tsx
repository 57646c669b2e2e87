import type { AnswersAnswer } from '../../src/samples/schemas.ts';
import { segment } from '../core/base.ts';
import { say } from '../core/language.ts';
import { DownloadLink, ProjectLink } from './download-link.tsx';
import { convert, sentenceOf } from '../room/actions.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card, Result as ResultOf } from '../room/types.ts';
import { useLoaded } from '../room/use-loaded.ts';
import { modelVersion, useReport } from '../room/use-report.ts';
import type { Report } from '../room/report.ts';
import { EarlierTrainings } from './earlier.tsx';
import { ModelCard } from './model-card.tsx';
import { ConfusionTable } from './confusion-table.tsx';
import { ChangedAnswers } from './changed-answers.tsx';
import { Suspects } from './suspects.tsx';
import { WorstMistakes } from './worst-mistakes.tsx';
import { sizeOf } from './sizes.ts';

/** How good the model is, on the computer and on the board, in numbers that a child can read. */
export function Result({ card }: { readonly card: Card }) {
  const { value: report, refusal } = useReport(card);
  const { result } = card;
  if (result === null)
    return (
      <section aria-labelledby="result">
        <h2 id="result">{say('part.result')}</h2>
        <p>{say('result.none')}</p>
        <EarlierTrainings card={card} />
      </section>
    );
  return (
    <section aria-labelledby="result">
      <h2 id="result">{say('part.result')}</h2>
      <div class="sides">
        <OnComputer card={card} result={result} />
        <OnBoard card={card} result={result} report={report} />
      </div>
      {refusal !== undefined && <p class="note">{sentenceOf(refusal)}</p>}
      {report !== undefined && <Details card={card} report={report} />}
      <ModelCard card={card} />
      <EarlierTrainings card={card} />
    </section>
  );
}

function OnComputer({ card, result }: { readonly card: Card; readonly result: ResultOf }) {
  const { right, checked, expect_least: least, expect_most: most, value } = result;
  const isBoxes = card.type === 'OBJECT_DETECTION';
  return (
    <section class="side" aria-labelledby="on-computer">
      <h3 id="on-computer">{say('result.computer')}</h3>
      {right !== null && checked !== null ? (
        <>
          <p class="big">{say('result.right', { right, checked })}</p>
          <p>{say(isBoxes ? 'result.right_boxes' : 'result.right_means')}</p>
        </>
      ) : (
        value !== null && <p class="big">{say('result.value', { value })}</p>
      )}
      {least !== null && most !== null && <Range said="result.range" least={least} most={most} />}
      <p class="note">{say('result.network', { network: result.model })}</p>
    </section>
  );
}

interface OnBoardProps {
  readonly card: Card;
  readonly result: ResultOf;
  readonly report: Report | undefined;
}

function OnBoard({ card, result: { board, converted }, report }: OnBoardProps) {
  if (board === null || !converted)
    return (
      <section class="side" aria-labelledby="on-board">
        <h3 id="on-board">{say('result.board')}</h3>
        <p>{say('result.not_converted')}</p>
        {!isOpen(card) && <ConvertButton id={card.id} />}
      </section>
    );
  const size = sizeOf(report?.conversion?.files);
  return (
    <section class="side" aria-labelledby="on-board">
      <h3 id="on-board">{say('result.board')}</h3>
      {board.same !== null && board.compared !== null && (
        <>
          <p class="big">{say('result.same', { same: board.same, compared: board.compared })}</p>
          <p>{say('result.same_means')}</p>
        </>
      )}
      {board.expect_least !== null && board.expect_most !== null && (
        <Range said="result.range_same" least={board.expect_least} most={board.expect_most} />
      )}
      {board.frames_at_least !== null && board.frames_at_most !== null && (
        <p>{say('result.frames', { least: board.frames_at_least, most: board.frames_at_most })}</p>
      )}
      {board.ms_at_least !== null && board.ms_at_most !== null && (
        <p>{say('result.time', { least: board.ms_at_least, most: board.ms_at_most })}</p>
      )}
      <MadeFor card={card} board={board} />
      {size !== undefined && <p class="note">{say('result.size', { size })}</p>}
      <DownloadLink id={card.id} />
      <ProjectLink id={card.id} />
    </section>
  );
}

/** A training is made ready for one board at a time, which need not be the project's. */
function MadeFor({ card, board }: { readonly card: Card; readonly board: NonNullable<ResultOf['board']> }) {
  if (board.name === null) return null;
  const isOther = board.id !== card.board && !isOpen(card);
  return (
    <>
      <p class="note">{say('result.made_for', { board: board.name })}</p>
      {isOther && <p class="why">{say('result.other_board')}</p>}
      {isOther && <ConvertButton id={card.id} />}
    </>
  );
}

function ConvertButton({ id }: { readonly id: string }) {
  return (
    <button type="button" class="main" onClick={() => convert(id)}>
      {say('button.convert')}
    </button>
  );
}

interface RangeProps {
  readonly said: 'result.range' | 'result.range_same';
  readonly least: number;
  readonly most: number;
}

/** How many of 100 new examples will be right, or the same, at least and at most: in words and as a bar. */
function Range({ said, least, most }: RangeProps) {
  return (
    <>
      <svg class="range" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="all" width="100" height="6" rx="3" />
        <rect class="sure" x={least} width={Math.max(1, most - least)} height="6" rx="1" />
      </svg>
      <p>{say(said, { least, most })}</p>
    </>
  );
}

function Details({ card, report: { training, conversion } }: { readonly card: Card; readonly report: Report }) {
  const path = `/projects/${segment(card.id)}/answers`;
  const answers = useLoaded<AnswersAnswer>(path, modelVersion(card)).value?.answers ?? [];
  return (
    <>
      {training?.confusion !== undefined && (
        <ConfusionTable card={card} labels={training.labels ?? []} rows={training.confusion} answers={answers} />
      )}
      <WorstMistakes card={card} answers={answers} />
      {card.result?.converted && conversion !== undefined && (
        <ChangedAnswers card={card} changed={conversion.changed ?? []} answers={answers} />
      )}
      <Suspects id={card.id} suspects={training?.instant?.suspects ?? []} />
    </>
  );
}
