import { DEFAULT_BOARD } from '../boards.ts';
import { labelIsPath, projectJsonInvalid, projectJsonTooLarge } from '../errors.ts';
import { CONFIG_LIMITS, inWords } from '../http/json-limits.ts';
import { classOrder } from './class-order.ts';
import { PROJECT_JSON_LIMITS, tooMuchInText } from './json-size.ts';
import { tooMuchIn } from './nesting.ts';
import { PROJECT_TYPES, type ProjectType } from './project.ts';
import { withDefaults } from './train-config.ts';
import { shown } from './zip/names.ts';

// Reads project.json, which the IDE wrote.

export const MAX_PROJECT_JSON_BYTES = 5_000_000;
const MAX_LABELS = 1000;
const MAX_TEXT = 200;

type JsonObject = Readonly<Record<string, unknown>>;

/** What the server itself needs from project.json; the rest is the training's business. */
export interface ProjectFile {
  readonly name: string;
  readonly type: ProjectType;
  readonly board: string;
  readonly labels: readonly string[];
  readonly trainConfig: JsonObject;
}

/** Check project.json. Rejects with an AppError that names the field. */
export async function parseProjectFile(bytes: Buffer): Promise<ProjectFile> {
  if (bytes.length > MAX_PROJECT_JSON_BYTES) throw projectJsonTooLarge(MAX_PROJECT_JSON_BYTES);
  const tooMuch = await tooMuchInText(bytes, PROJECT_JSON_LIMITS);
  if (tooMuch !== undefined) throw projectJsonInvalid(inWords(tooMuch, PROJECT_JSON_LIMITS));
  const content = parseObject(bytes);
  const type = PROJECT_TYPES.find((known) => known === content['projectType']);
  if (type === undefined)
    throw projectJsonInvalid(
      `projectType is ${kindOf(content['projectType'])}, it must be one of ${PROJECT_TYPES.join(', ')}`,
    );
  const board =
    text(objectOrNothing(content['currentBoard'], 'currentBoard')['id'], 'currentBoard.id') || DEFAULT_BOARD;
  return {
    name: text(content['name'], 'name') ?? '',
    type,
    board,
    labels: labels(content['labels']),
    trainConfig: trainConfigOf(type, board, content),
  };
}

function parseObject(bytes: Buffer): JsonObject {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw projectJsonInvalid('it is not valid JSON in UTF-8');
  }
  if (!isObject(value)) throw projectJsonInvalid('it must be a JSON object');
  if (PROTO_FIELD.test(text)) throw projectJsonInvalid('a field is named "__proto__"');
  return value;
}

/** `"__proto__":` with any of its letters written as \u00xx, as JSON allows. A text within quotes has a backslash before its own. */
const PROTO_FIELD =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/;

function trainConfigOf(type: ProjectType, board: string, content: JsonObject): JsonObject {
  const config = withDefaults(type, objectOrNothing(content['trainConfig'], 'trainConfig'), board);
  const tooMuch = tooMuchIn(config, CONFIG_LIMITS);
  if (tooMuch !== undefined) throw projectJsonInvalid(`${inWords(tooMuch, CONFIG_LIMITS)} in trainConfig`);
  return config;
}

function labels(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw projectJsonInvalid(`labels is ${kindOf(value)}, it must be a list`);
  if (value.length > MAX_LABELS) throw projectJsonInvalid(`it has ${value.length} labels, ${MAX_LABELS} is the limit`);
  const names = value.map((entry: unknown) => shortText(isObject(entry) ? entry['label'] : entry, 'a label'));
  const path = names.find((name) => name?.split(/[\\/]/).includes('..'));
  if (path !== undefined) throw labelIsPath(shown(path));
  const ordered = classOrder(names.filter((name): name is string => name !== undefined && name !== ''));
  return [...new Set(ordered.map(wellFormed))];
}

/** Half a surrogate pair is in no file name and no UTF-8: the IDE's own encoder writes U+FFFD for it. */
function wellFormed(label: string): string {
  return label.replace(/\p{Surrogate}/gu, '\ufffd');
}

function text(value: unknown, field: string): string | undefined {
  const string = shortText(value, field);
  if (string !== undefined && /[\u0000-\u001f\u007f]/.test(string))
    throw projectJsonInvalid(`${field} holds a control character`);
  return string;
}

/** A label may hold a line break: the IDE lets one be pasted. */
function shortText(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw projectJsonInvalid(`${field} is ${kindOf(value)}, it must be a text`);
  const string = String(value);
  if ([...string].length > MAX_TEXT) throw projectJsonInvalid(`${field} is longer than ${MAX_TEXT} characters`);
  return string;
}

function objectOrNothing(value: unknown, field: string): JsonObject {
  if (value === undefined || value === null || value === '') return {};
  if (!isObject(value)) throw projectJsonInvalid(`${field} is ${kindOf(value)}, it must be an object`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `"${String(value).slice(0, 40)}"`;
}
