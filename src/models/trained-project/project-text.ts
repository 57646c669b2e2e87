import { projectJsonInvalid } from '../../errors.ts';

/** As the IDE keeps a model that it has fetched. */
export interface IdeModel {
  readonly name: 'model';
  /** The ending of the model's first file. */
  readonly type: string;
  /** MD5 of that file: its name on the board. */
  readonly hash: string;
}

/**
 * project.json as it was uploaded, with the model in it. A model of another board brings that board along: the IDE sends
 * it to the project's board.
 */
export function textWithModel(text: string, model: IdeModel, board: string): string {
  const project = parse(text);
  const own = project['currentBoard'];
  const isSame = isObject(own) && own['id'] === board;
  return JSON.stringify({ ...project, ...(isSame ? {} : { currentBoard: { id: board } }), model });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const project: unknown = JSON.parse(text);
    if (isObject(project)) return project;
  } catch {
    // somebody changed it on the disk: it was checked when it came
  }
  throw projectJsonInvalid('it is not valid JSON in UTF-8');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
