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

/** In both languages: whoever meets it opened the address in a browser, and the IDE shows nothing. */
export const keyNeeded = () =>
  new AppError('key_needed', 'This server asks for a key: use the address that ends in /w/ and the key from your teacher; the page /trust of this server says more. · เซิร์ฟเวอร์นี้ต้องใช้รหัส ใช้ที่อยู่ที่ลงท้ายด้วย /w/ ตามด้วยรหัสที่คุณครูบอก ดูวิธีได้ที่หน้า /trust ของเซิร์ฟเวอร์นี้', 404);

export const methodNotAllowed = (method: string, allowed: string) =>
  new AppError('method_not_allowed', `${method} is not possible at this address: use ${allowed}, as /docs describes.`, 405, { method, allowed });

export const internalError = () =>
  new AppError('internal', 'The server hit an unexpected problem: try again, and tell your teacher if it stays.', 500);

/** For the log alone: there is nobody left to read it. */
export const clientGone = () => new AppError('client_gone', 'The client left before it had its answer.', 499);

export const diskFull = () =>
  new AppError('disk_full', 'The disk of the server is full: ask your teacher to make room, then try again.', 507);

export const invalidRequest = (detail: string, statusCode = 400) =>
  new AppError('invalid_request', `The request is not as it should be: ${detail}.`, statusCode, { detail });

export const projectNotFound = (projectId: string) =>
  new AppError('project_not_found', `There is no project "${projectId}" on this server: upload it first.`, 404, { project: projectId });

const beginningOf = (text: string) => [...text].slice(0, 80).join('');

export const invalidProjectId = (projectId: string) => {
  const project = beginningOf(projectId);
  return new AppError('project_id_invalid', `The project id "${project}" cannot be used: it must have 1 to 200 characters, without / and \\ and line breaks, and not be . or .. alone. Make a new project in the IDE and copy your photos or sounds into it.`, 400, { project });
};

// Uploads

const megabytes = (bytes: number) => Math.floor(bytes / 1e6);

export const uploadTooLarge = (maxBytes: number) =>
  new AppError('upload_too_large', `The project is larger than ${megabytes(maxBytes)} MB: take out some photos and send it again.`, 413, { max_mb: megabytes(maxBytes) });

export const unpackedTooLarge = (maxBytes: number) =>
  new AppError('unpacked_too_large', `The project is larger than ${megabytes(maxBytes)} MB when unpacked: take out some photos and send it again.`, 413, { max_mb: megabytes(maxBytes) });

export const tooManyFiles = (maxFiles: number) =>
  new AppError('too_many_files', `The project has more than ${maxFiles} files: take out some photos and send it again.`, 413, { max_files: maxFiles });

export const projectFileMissing = () =>
  new AppError('upload_file_missing', 'The upload holds no project: send the zip as the file "project".', 400);

export const projectIdMissing = () =>
  new AppError('project_id_missing', 'The upload names no project: send the field "project_id" beside the file.', 400);

export const fieldRepeated = (field: string) =>
  new AppError('field_repeated', `The field "${field}" is there more than once: send it once.`, 400, { field });

export const uploadBroken = () =>
  new AppError('upload_broken', 'The upload ended early: check the network and send the project again.', 400);

export const zipEmpty = () =>
  new AppError('zip_empty', 'The uploaded file has 0 bytes: save the project and send it again.', 400);

export const zipInvalid = (detail: string) =>
  new AppError('zip_invalid', `The uploaded file is not a whole zip file (${detail}): save the project and send it again.`, 400, { detail });

export const zipEncrypted = (name: string) =>
  new AppError('zip_encrypted', `The zip is locked with a password ("${name}"): make it without one.`, 400, { file: name });

export const zipMethod = (name: string, method: number) =>
  new AppError('zip_method', `"${name}" is compressed by method ${method}: make the zip with the ordinary method (deflate).`, 400, { file: name, method });

export const zipName = (name: string, why: string) =>
  new AppError('zip_name', `The name "${name}" in the zip cannot be used (${why}): rename it and send the project again.`, 400, { file: name, detail: why });

export const zipNameLong = (name: string) =>
  new AppError('zip_name_long', `"${name}" in the zip is too long or lies in too many folders: rename the label, shorter and with fewer slashes, and send the project again.`, 400, { file: name });

export const labelIsPath = (label: string) =>
  new AppError('label_is_path', `The label "${label}" would lead out of the project's folder, because ".." means the folder above: give the label another name and send the project again.`, 400, { label });

export const zipTwoProjects = (count: number, folders: string) =>
  new AppError('zip_two_projects', `The zip holds ${count} projects, in the folders ${folders}: take one of these folders, zip what is in it, and send that zip.`, 400, { count, folders });

export const zipLink = (name: string) =>
  new AppError('zip_link', `"${name}" in the zip is a link or a special file: take it out and send the project again.`, 400, { file: name });

export const zipNamesCollide = (name: string, other: string) =>
  new AppError('zip_names_collide', `"${name}" and "${other}" in the zip are in the same place: rename one of them.`, 400, { file: name, other });

export const zipOverlap = (name: string) =>
  new AppError('zip_overlap', `"${name}" shares its bytes with another file of the zip: make the zip again with an ordinary program.`, 400, { file: name });

export const zipRatio = (name: string, maxRatio: number) =>
  new AppError('zip_ratio', `"${name}" unpacks to more than ${maxRatio} times its size in the zip, and the project is very large by it: take it out and send the project again.`, 400, { file: name, max_ratio: maxRatio });

export const zipDamaged = (name: string) =>
  new AppError('zip_damaged', `"${name}" in the zip is damaged: save the project and send it again.`, 400, { file: name });

export const projectJsonMissing = () =>
  new AppError('project_json_missing', 'The zip holds no project.json at its top: send a project made by the IDE.', 400);

export const projectJsonTooLarge = (maxBytes: number) =>
  new AppError('project_json_too_large', `project.json is larger than ${megabytes(maxBytes)} MB: make the program smaller and send the project again.`, 413, { max_mb: megabytes(maxBytes) });

export const projectJsonInvalid = (detail: string) =>
  new AppError('project_json_invalid', `project.json cannot be used: ${detail}.`, 400, { detail });

export const datasetJsonInvalid = (detail: string) =>
  new AppError('dataset_json_invalid', `dataset.json cannot be used: ${detail}. Take some photos out of the project and send it again.`, 400, { detail });

export const settingUnknown = (setting: string, value: string, choices: string) =>
  new AppError('setting_unknown', `${setting} is "${value}": choose one of ${choices}.`, 400, { setting, value, choices });

// Who may ask

export const originNotAllowed = (setting: 'MAI_HOSTS' | 'MAI_ORIGINS', value: string) =>
  new AppError(
    'origin_not_allowed',
    setting === 'MAI_HOSTS'
      ? `This server does not know the name "${value}": use its address in numbers, or have whoever runs it add the name to MAI_HOSTS.`
      : `This server takes no requests from the page ${value === '' ? 'that asked' : `"${value}"`}: whoever runs it can add the page to MAI_ORIGINS.`,
    403,
    { setting, value },
  );

export const tooManyKeys = (seconds: number) =>
  new AppError('too_many_keys', `Too many wrong keys came from your address: look at the key again, and try it in ${seconds} seconds.`, 429, { seconds });

// Limits

export const tooManyRequests = (what: string, max: number) =>
  new AppError('too_many_requests', `More than ${max} ${what} come from your address: wait a moment and try again.`, 429, { what, max });

export const serverBusy = () =>
  new AppError('server_busy', 'The server has too much to do right now: wait a moment and try again.', 503);

export const notMultipart = () =>
  new AppError('not_multipart', 'The request must be a form with a file: send it as multipart/form-data.', 415);

export const bodyTooLarge = (maxBytes: number) =>
  new AppError('body_too_large', `The request is larger than ${Math.round(maxBytes / 1000)} kB: send less.`, 413, { max_kb: Math.round(maxBytes / 1000) });

export const requestTimeout = () =>
  new AppError('request_timeout', 'The request came too slowly: check the network and try again.', 408);

// Event streams

export const tooManyStreams = (max: number) =>
  new AppError('too_many_streams', `More than ${max} event streams are open: close some windows and try again.`, 429, { max });

// Models

export const modelMissing = (statusCode: 404 | 409) =>
  new AppError('model_missing', 'There is no trained model of this project yet: press Train first.', statusCode);

export const notConverted = () =>
  new AppError('not_converted', 'The model of this project is not converted for the board yet: convert it first.', 409);

export const artifactMissing = (name: string) =>
  new AppError('artifact_missing', `The newest model of this project has no ${name}: convert it first, for a board that uses this file.`, 404, { file: name });

export const artifactUnknown = (name: string) =>
  new AppError('artifact_unknown', `No model has a file named "${name.slice(0, 80)}": look at /docs for the names that exist.`, 404, { file: name.slice(0, 80) });

export const rangeNotSatisfiable = (bytes: number) =>
  new AppError('range_not_satisfiable', `The file has ${bytes} bytes, and the part that was asked for begins behind them: download it from the beginning.`, 416, { bytes });

export const mediaMissing = () =>
  new AppError('media_missing', 'The request holds no photo or sound: send it as the file "image" or "audio".', 400);

export const mediaTooLarge = (maxBytes: number) =>
  new AppError('media_too_large', `The file is larger than ${megabytes(maxBytes)} MB: send a smaller one.`, 413, { max_mb: megabytes(maxBytes) });

export const mediaType = (wanted: string) =>
  new AppError('media_type', `The file is not of a type that can be read: send ${wanted}.`, 415, { wanted });

export const inferenceField = (field: string, value: string, wanted: string) =>
  new AppError('inference_field', `${field} is "${value.slice(0, 40)}": it must be ${wanted}.`, 400, { field, value: value.slice(0, 40), wanted });

export const inferenceRefused = (code: string, message: string) => new AppError(code, message, 422);

export const inferenceBusy = (waiting: number) =>
  new AppError('inference_busy', `${waiting} pictures are waiting for an answer already: wait a moment and try again.`, 429, { waiting });

export const inferenceTimeout = (seconds: number) =>
  new AppError('inference_timeout', `The model gave no answer within ${seconds} seconds: try again, with a smaller picture if it stays.`, 503, { seconds });

export const inferenceFailed = () =>
  new AppError('inference_failed', 'The model could not be asked: try again, and tell your teacher if it stays.', 500);

// Jobs

export const projectTraining = (projectId: string) =>
  new AppError('project_training', `The project "${projectId}" is still being trained, or waits for its turn: convert it when the training has ended.`, 409, { project: projectId });

export const projectTrainingElsewhere = (projectId: string) => {
  const path = `/terminate?project_id=${encodeURIComponent(projectId)}`;
  const message = `The project "${projectId}" is training, and another computer started it: press Train there to start it anew. To stop it, open the address of the server in a browser with ${path} added at its end.`;
  return new AppError('project_training_elsewhere', message, 409, { project: projectId, path });
};

export const tooManyJobs = (max: number) =>
  new AppError('too_many_jobs', `${max} jobs from your address wait already: wait until some have ended, or cancel some, then try again.`, 429, { max });

export const modelOfOtherBoard = (model: string, instead: string, board: string) =>
  new AppError('model_of_other_board', `The network ${model} does not run on ${board}: choose ${instead}.`, 400, { model: model.slice(0, 40), instead, board });

export const boardNotYet = (board: string) =>
  new AppError('board_not_yet', `This server cannot make models for the board ${board} yet: ask your teacher whether there is a newer version of the server.`, 409, { board });

export const boardUnknown = (board: string) =>
  new AppError('board_unknown', `The project is for the board "${board.slice(0, 40)}", which this server does not know: choose your board in the IDE again, then press Train.`, 409, { board: board.slice(0, 40) });

export const boardCannotConvert = (board: string, supported: string) =>
  new AppError('board_cannot_convert', `The project is for the board ${board.slice(0, 40)}, but this server makes models for ${supported} only: choose that board and train again.`, 409, { board: board.slice(0, 40), supported });

export const jobNotFound = (jobId: string) =>
  new AppError('job_not_found', `There is no job "${jobId}" on this server: look at /jobs for those that exist.`, 404, { job: jobId });

export const serverStopping = () =>
  new AppError('server_stopping', 'The server is being stopped: what was running goes on when it is back, so try again in a minute.', 503);
