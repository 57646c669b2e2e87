import { BOARDS } from '../../boards.ts';
import { boardCannotConvert, boardNotYet, boardUnknown, modelOfOtherBoard } from '../../errors.ts';
import type { Project, TrainConfig } from '../../projects/project.ts';
import { checkTrainConfig, mergeTrainConfig } from '../../projects/train-config.ts';

const SUPPORTED = [...BOARDS]
  .filter(([, { converts }]) => converts)
  .map(([id]) => id)
  .join(', ');

/** Refuse what cannot be trained or converted afterwards, before anything is copied. */
export function checkTraining(project: Project, trainConfig: TrainConfig): void {
  checkBoard(project.board);
  const config = mergeTrainConfig(project.trainConfig, trainConfig);
  checkTrainConfig(config);
  const model = String(config.modelType ?? '');
  // A block program counts more than the named network.
  const hasProgram = typeof config.code === 'string' && config.code.trim() !== '';
  if (!hasProgram && /^yolo11/i.test(model)) throw modelOfOtherBoard(model, 'slim_yolo_v2', project.board);
}

/** At Train, so that no pupil waits for a model that no board can run. Before the settings: they may be right for that board. */
function checkBoard(board: string): void {
  const known = BOARDS.get(board);
  if (known === undefined) throw boardUnknown(board);
  if (!known.converts) throw boardNotYet(known.name);
}

/** A model that was trained before its board was refused at Train, or put there by hand. */
export function checkConversion(board: string): void {
  const known = BOARDS.get(board);
  if (known?.converts !== true) throw boardCannotConvert(known?.name ?? board, SUPPORTED);
}
