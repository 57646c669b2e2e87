// Every error the API can answer with: a stable code, one sentence that says what to do, a status.
// `params` are the values in the sentence, so that the message catalogue can say it in another language.

export type ErrorParams = Readonly<Record<string, string | number>>;

export class AppError extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly params: ErrorParams;

  constructor(code: string, message: string, statusCode: number, params: ErrorParams = {}) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.statusCode = statusCode;
    this.params = params;
  }
}

/** A configuration that cannot work: stops the start with this sentence. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export const notFound = () =>
  new AppError('not_found', 'There is nothing at this address: look at /docs for the addresses that exist.', 404);

export const internalError = () =>
  new AppError('internal', 'The server hit an unexpected problem: try again, and tell your teacher if it stays.', 500);

export const diskFull = () =>
  new AppError('disk_full', 'The disk of the server is full: ask your teacher to make room, then try again.', 507);

export const invalidRequest = (detail: string) =>
  new AppError('invalid_request', `The request is not as it should be: ${detail}.`, 400, { detail });

export const projectNotFound = (projectId: string) =>
  new AppError('project_not_found', `There is no project "${projectId}" on this server: upload it first.`, 404, { project: projectId });

export const invalidProjectId = (projectId: string) =>
  new AppError(
    'project_id_invalid',
    `The project id "${projectId.slice(0, 80)}" cannot be used: 1 to 64 letters, digits, _ or - are allowed.`,
    400,
    { project: projectId.slice(0, 80) },
  );
