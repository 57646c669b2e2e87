import { type Board, BOARDS, haveSameNetworks, isOfOtherBoard } from '../../boards.ts';
import { boardCannotConvert, boardNotSetUp, boardOtherNetwork, boardUnknown, modelOfOtherBoard } from '../../errors.ts';
import type { Project, ProjectType, TrainConfig } from '../../projects/project.ts';
import { checkTrainConfig, mergeTrainConfig, networkAsDefault } from '../../projects/train-config.ts';

/** Whether what a board's conversion needs is installed. */
export type IsSetUp = (board: Board) => boolean;

/** Refuse what cannot be trained or converted afterwards, before anything is copied. */
export function checkTraining(project: Project, trainConfig: TrainConfig, isSetUp: IsSetUp): void {
  checkBoard(project, isSetUp);
  const config = mergeTrainConfig(project.trainConfig, trainConfig);
  checkTrainConfig(config);
  const model = String(config.modelType ?? '');
  // A block program counts more than the named network.
  const hasProgram = typeof config.code === 'string' && config.code.trim() !== '';
  if (!hasProgram && isOfOtherBoard(model, project.board))
    throw modelOfOtherBoard(model, networkAsDefault(project.type, project.board), project.board);
}

/** At Train, so that no pupil waits for a model that no board can run. Before the settings: they may be right for that board. */
function checkBoard({ board }: Pick<Project, 'board'>, isSetUp: IsSetUp): void {
  const known = BOARDS.get(board);
  if (known === undefined) throw boardUnknown(board);
  refuseWithoutCompiler(known, isSetUp);
}

/** A model that was trained before its board was refused at Train, or put there by hand, or that is wanted for another board than the one it was trained for. */
export function checkConversion(board: string, trainedFor: string, type: ProjectType, isSetUp: IsSetUp): void {
  const known = BOARDS.get(board);
  if (known === undefined) throw boardCannotConvert(board, names().join(', '));
  if (!haveSameNetworks(board, trainedFor, type))
    throw boardOtherNetwork(known.name, BOARDS.get(trainedFor)?.name ?? trainedFor);
  refuseWithoutCompiler(known, isSetUp);
}

function refuseWithoutCompiler(board: Board, isSetUp: IsSetUp): void {
  if (board.compiler !== undefined && !isSetUp(board)) throw boardNotSetUp(board.name, board.compiler.setup);
}

function names(): readonly string[] {
  return [...BOARDS.values()].map(({ name }) => name);
}
