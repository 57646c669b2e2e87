import { boardCannotConvert, boardNotYet, boardUnknown, modelOfOtherBoard } from '../../errors.ts';
import type { Project, TrainConfig } from '../../projects/project.ts';
import { checkTrainConfig, mergeTrainConfig } from '../../projects/train-config.ts';

/** The one board that this server makes models for. */
const BOARD = 'kidbright-mai';
/** Boards that the IDE offers and that have no conversion here yet, by the names that people know. */
const BOARDS_TO_COME: Readonly<Record<string, string>> = { 'kidbright-mai-plus': 'KidBright mAI Plus' };

/** Refuse what cannot be trained or converted afterwards, before anything is copied. */
export function checkTraining(project: Project, trainConfig: TrainConfig): void {
  checkBoard(project.board);
  const config = mergeTrainConfig(project.trainConfig, trainConfig);
  checkTrainConfig(config);
  const model = String(config.modelType ?? '');
  // A block program counts more than the named network.
  const hasProgram = typeof config.code === 'string' && config.code.trim() !== '';
  if (!hasProgram && /^yolo11/i.test(model)) throw modelOfOtherBoard(model, 'slim_yolo_v2', BOARD);
}

/** At Train, so that no pupil waits for a model that no board can run. Before the settings: they may be right for that board. */
function checkBoard(board: string): void {
  if (board === BOARD) return;
  const name = nameOf(board);
  throw name === undefined ? boardUnknown(board) : boardNotYet(name);
}

/** A model that was trained before its board was refused at Train, or put there by hand. */
export function checkConversion(board: string): void {
  if (board !== BOARD) throw boardCannotConvert(nameOf(board) ?? board, BOARD);
}

function nameOf(board: string): string | undefined {
  return Object.hasOwn(BOARDS_TO_COME, board) ? BOARDS_TO_COME[board] : undefined;
}
