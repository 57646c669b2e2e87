import type { Language } from './messages/language.ts';
import { sentenceOf } from './messages/sentence.ts';

// Every error the API can answer with: a stable code and a status. The sentence that says what to do is made from the
// catalogue, `params` are the values in it.

export type ErrorParams = Readonly<Record<string, string | number | boolean>>;

export class AppError extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly params: ErrorParams;

  constructor(code: string, statusCode: number, params: ErrorParams = {}, message = sentenceOf(code, params)) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.statusCode = statusCode;
    this.params = params;
  }

  /** The same sentence for another reader; in English where the catalogue does not know it. */
  in(language: Language): string {
    return language === 'en' ? this.message : sentenceOf(this.code, { ...this.params, msg: this.message }, language);
  }
}

/** A configuration that cannot work: stops the start with this sentence. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
/** The same where starting again is of no use before somebody has corrected a setting. */
export class WrongSetting extends ConfigError {}

export const notFound = () => new AppError('not_found', 404);

/** In both languages: whoever meets it opened the address in a browser, and the IDE shows nothing. */
export const keyNeeded = () =>
  new AppError('key_needed', 404, {}, `${sentenceOf('key_needed')} · ${sentenceOf('key_needed', {}, 'th')}`);

export const methodNotAllowed = (method: string, allowed: string) =>
  new AppError('method_not_allowed', 405, { method, allowed });

export const internalError = () => new AppError('internal', 500);

/** For the log alone: there is nobody left to read it. */
export const clientGone = () => new AppError('client_gone', 499);

export const diskFull = () => new AppError('disk_full', 507);

export const invalidRequest = (detail: string, statusCode = 400) =>
  new AppError('invalid_request', statusCode, { detail });

export const projectNotFound = (projectId: string) => new AppError('project_not_found', 404, { project: projectId });

const beginningOf = (text: string) => [...text].slice(0, 80).join('');

export const invalidProjectId = (projectId: string) =>
  new AppError('project_id_invalid', 400, { project: beginningOf(projectId) });

// Uploads

const megabytes = (bytes: number) => Math.floor(bytes / 1e6);

/** `neededBytes`: of an upload. Rounded up, so that both together are more than there may be. */
export const quotaBytes = (usedBytes: number, maxBytes: number, neededBytes?: number) =>
  new AppError('quota_bytes', 507, {
    used_mb: Math.ceil(usedBytes / 1e6),
    max_mb: megabytes(maxBytes),
    ...(neededBytes !== undefined && { needed_mb: Math.ceil(neededBytes / 1e6) }),
  });

export const quotaProjects = (max: number) => new AppError('quota_projects', 507, { max });

export const uploadTooLarge = (maxBytes: number) =>
  new AppError('upload_too_large', 413, { max_mb: megabytes(maxBytes) });

export const unpackedTooLarge = (maxBytes: number) =>
  new AppError('unpacked_too_large', 413, { max_mb: megabytes(maxBytes) });

export const tooManyFiles = (maxFiles: number) => new AppError('too_many_files', 413, { max_files: maxFiles });

export const projectFileMissing = () => new AppError('upload_file_missing', 400);

export const projectIdMissing = () => new AppError('project_id_missing', 400);

export const fieldRepeated = (field: string) => new AppError('field_repeated', 400, { field });

export const uploadBroken = () => new AppError('upload_broken', 400);

export const zipEmpty = () => new AppError('zip_empty', 400);

export const zipInvalid = (detail: string) => new AppError('zip_invalid', 400, { detail });

export const zipEncrypted = (name: string) => new AppError('zip_encrypted', 400, { file: name });

export const zipMethod = (name: string, method: number) => new AppError('zip_method', 400, { file: name, method });

export const zipName = (name: string, why: string) => new AppError('zip_name', 400, { file: name, detail: why });

export const zipNameLong = (name: string) => new AppError('zip_name_long', 400, { file: name });

export const labelIsPath = (label: string) => new AppError('label_is_path', 400, { label });

export const zipTwoProjects = (count: number, folders: string) =>
  new AppError('zip_two_projects', 400, { count, folders });

export const zipLink = (name: string) => new AppError('zip_link', 400, { file: name });

export const zipNamesCollide = (name: string, other: string) =>
  new AppError('zip_names_collide', 400, { file: name, other });

export const zipOverlap = (name: string) => new AppError('zip_overlap', 400, { file: name });

export const zipRatio = (name: string, maxRatio: number) =>
  new AppError('zip_ratio', 400, { file: name, max_ratio: maxRatio });

export const zipDamaged = (name: string) => new AppError('zip_damaged', 400, { file: name });

export const projectJsonMissing = () => new AppError('project_json_missing', 400);

export const projectJsonTooLarge = (maxBytes: number) =>
  new AppError('project_json_too_large', 413, { max_mb: megabytes(maxBytes) });

export const projectJsonInvalid = (detail: string) => new AppError('project_json_invalid', 400, { detail });

export const datasetJsonInvalid = (detail: string) => new AppError('dataset_json_invalid', 400, { detail });

export const settingUnknown = (setting: string, value: string, choices: string) =>
  new AppError('setting_unknown', 400, { setting, value, choices });

// Who may ask

export const originNotAllowed = (setting: 'MAI_HOSTS' | 'MAI_ORIGINS', value: string) =>
  new AppError('origin_not_allowed', 403, { setting, value, by_name: setting === 'MAI_HOSTS' });

export const tooManyKeys = (seconds: number) => new AppError('too_many_keys', 429, { seconds });

export const metricsKeyNeeded = () => new AppError('metrics_key_needed', 401);

export const clusterKeyNeeded = () => new AppError('cluster_key_needed', 401);
export const runIsOver = () => new AppError('run_is_over', 410);

export const nameInvalid = (field: string, max: number) => new AppError('name_invalid', 400, { field, max });

export const notYours = (projectId: string) => new AppError('not_yours', 403, { project: projectId });

export const whoseIsIt = (projectId: string) => new AppError('whose_is_it', 409, { project: projectId });

// Limits

export const tooManyRequests = (what: string, max: number) => new AppError('too_many_requests', 429, { what, max });

export const serverBusy = () => new AppError('server_busy', 503);

export const notMultipart = () => new AppError('not_multipart', 415);

export const bodyTooLarge = (maxBytes: number) =>
  new AppError('body_too_large', 413, { max_kb: Math.round(maxBytes / 1000) });

export const requestTimeout = () => new AppError('request_timeout', 408);

// Event streams

export const tooManyStreams = (max: number) => new AppError('too_many_streams', 429, { max });

// Samples

export const sampleNotFound = (sample: string) =>
  new AppError('sample_not_found', 404, { sample: sample.slice(0, 80) });

export const labelUnknown = (label: string) => new AppError('label_unknown', 400, { label: beginningOf(label) });

export const moveOfBoxes = () => new AppError('move_of_boxes', 400);

export const editNotFound = () => new AppError('edit_not_found', 404);

export const noPicture = () => new AppError('no_picture', 404);

/** Not of the photo, but of the process that makes small pictures. */
export const pictureFailed = (statusCode: number) => new AppError('picture_failed', statusCode);

export const heatOfLabelsOnly = () => new AppError('heat_of_labels_only', 422);

// Models

export const modelMissing = (statusCode: 404 | 409) => new AppError('model_missing', statusCode);

export const notConverted = () => new AppError('not_converted', 409);

export const labelsHaveChanged = () => new AppError('labels_have_changed', 409);

export const artifactMissing = (name: string) => new AppError('artifact_missing', 404, { file: name });

export const artifactUnknown = (name: string) => new AppError('artifact_unknown', 404, { file: name.slice(0, 80) });

export const rangeNotSatisfiable = (bytes: number) => new AppError('range_not_satisfiable', 416, { bytes });

export const mediaMissing = () => new AppError('media_missing', 400);

export const mediaTooLarge = (maxBytes: number) =>
  new AppError('media_too_large', 413, { max_mb: megabytes(maxBytes) });

export const mediaType = (wanted: string) => new AppError('media_type', 415, { wanted });

export const inferenceField = (field: string, value: string, wanted: string) =>
  new AppError('inference_field', 400, { field, value: value.slice(0, 40), wanted });

export const inferenceRefused = (code: string, message: string) => new AppError(code, 422, {}, message);

export const inferenceBusy = (waiting: number) => new AppError('inference_busy', 429, { waiting });

export const inferenceTimeout = (seconds: number) => new AppError('inference_timeout', 503, { seconds });

export const inferenceFailed = () => new AppError('inference_failed', 500);

// Jobs

export const projectTraining = (projectId: string) => new AppError('project_training', 409, { project: projectId });

export const projectTrainingElsewhere = (projectId: string) =>
  new AppError('project_training_elsewhere', 409, {
    project: projectId,
    path: `/terminate?project_id=${encodeURIComponent(projectId)}`,
  });

export const tooManyJobs = (max: number) => new AppError('too_many_jobs', 429, { max });

export const modelOfOtherBoard = (model: string, instead: string, board: string) =>
  new AppError('model_of_other_board', 400, { model: model.slice(0, 40), instead, board });

export const boardNotSetUp = (board: string, setup: string) => new AppError('board_not_set_up', 409, { board, setup });

export const conversionForOther = (board: string) => new AppError('conversion_for_other', 409, { board });

export const boardUnknown = (board: string) => new AppError('board_unknown', 409, { board: board.slice(0, 40) });

export const boardCannotConvert = (board: string, supported: string) =>
  new AppError('board_cannot_convert', 409, { board: board.slice(0, 40), supported });

export const boardOtherNetwork = (board: string, trainedFor: string) =>
  new AppError('board_other_network', 409, { board, trained_for: trainedFor.slice(0, 40) });

export const projectBusy = (projectId: string) => new AppError('project_busy', 409, { project: projectId });

export const modelNotKept = (jobId: string) => new AppError('model_not_kept', 404, { job: jobId.slice(0, 80) });

export const jobNotFound = (jobId: string) => new AppError('job_not_found', 404, { job: jobId });

export const serverStopping = () => new AppError('server_stopping', 503);
