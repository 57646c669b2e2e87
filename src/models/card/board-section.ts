import type { Static } from 'typebox';
import { boardFiles, BOARDS } from '../../boards.ts';
import type { BoardResult } from '../result.ts';
import type { CardSection, Say } from './schemas.ts';
import type { CardFacts } from './facts.ts';
import { rangeOf } from './right-section.ts';

const MOST_CHANGED = 10;

/** What the board answers, how fast, and how large its files are. */
export function boardSection(facts: CardFacts, say: Say): CardSection {
  const title = say('board', { board: BOARDS.get(facts.board)?.name ?? facts.board });
  const { conversion, result } = facts;
  if (conversion === undefined || result.board === null) return { title, lines: [say('board_unknown')] };
  const { board } = result;
  const right = conversion.checked?.board;
  const table = changedOnes(conversion, say);
  return {
    title,
    lines: [
      board.same === null || board.compared === null
        ? say('same_unknown')
        : `${say('same', { same: board.same, compared: board.compared })} ${rangeOf(board, say)}`,
      ...(right === undefined
        ? []
        : [`${say('board_right', { right: right.right, checked: right.checked })} ${rangeOf(right, say)}`]),
      ...changedLines(conversion.changed?.length, say),
      speedOf(board, say),
      layersOf(conversion, say),
      sizeOf(facts, say),
    ],
    ...(table && { table }),
  };
}

function changedLines(count: number | undefined, say: Say): string[] {
  if (count === undefined) return [say('changed_unknown')];
  if (count === 0) return [say('changed_nothing')];
  return [say('changed', { count }), ...(count > MOST_CHANGED ? [say('changed_first', { shown: MOST_CHANGED })] : [])];
}

function changedOnes({ changed = [] }: NonNullable<CardFacts['conversion']>, say: Say): CardSection['table'] {
  if (changed.length === 0) return undefined;
  return {
    head: [say('example'), say('it_was'), say('computer_says'), say('board_says')],
    rows: changed
      .slice(0, MOST_CHANGED)
      .map(({ file, label, float, board }) => [
        file.replace(/^dataset\//, ''),
        label,
        float.prediction,
        board.prediction,
      ]),
  };
}

function speedOf(board: Speed, say: Say): string {
  const { frames_at_least: least, frames_at_most: most, ms_at_least: shortest, ms_at_most: longest } = board;
  if (least !== null && most !== null) return say('speed', { least, most });
  return shortest === null || longest === null ? say('speed_unknown') : say('time', { least: shortest, most: longest });
}

type Speed = Pick<Static<typeof BoardResult>, 'frames_at_least' | 'frames_at_most' | 'ms_at_least' | 'ms_at_most'>;

/** What the board's accelerator cannot do is done by its processor, which is slower. */
function layersOf({ cpu_layers: layers }: NonNullable<CardFacts['conversion']>, say: Say): string {
  if (layers === undefined) return say('layers_unknown');
  if (layers.length === 0) return say('layers_none');
  return say('layers', { count: layers.length, kinds: [...new Set(layers.map(({ type }) => type))] });
}

function sizeOf({ board, type, conversion }: CardFacts, say: Say): string {
  const sizes = boardFiles(board, type).flatMap((name) => conversion?.files?.[name] ?? []);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return bytes === 0 ? say('size_unknown') : say('size', { megabytes: Math.max(0.1, Math.round(bytes / 1e5) / 10) });
}
