import { boardCannotConvert, modelOfOtherBoard } from '../errors.ts';
import type { Project, TrainConfig } from '../projects/project.ts';
import { checkTrainConfig, mergeTrainConfig } from '../projects/train-config.ts';

/** The one board that this server makes models for. */
const BOARD = 'kidbright-mai';

/** Refuse what cannot be trained, before anything is copied. A block program counts more than the named network. */
export function checkTraining(project: Project, trainConfig: TrainConfig): void {
  const config = mergeTrainConfig(project.trainConfig, trainConfig);
  checkTrainConfig(config);
  const model = String(config.modelType ?? '');
  const hasProgram = typeof config.code === 'string' && config.code.trim() !== '';
  if (!hasProgram && /^yolo11/i.test(model)) throw modelOfOtherBoard(model, 'slim_yolo_v2', BOARD);
}

export function checkConversion(board: string): void {
  if (board !== BOARD) throw boardCannotConvert(board, BOARD);
}
