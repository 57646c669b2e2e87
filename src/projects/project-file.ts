import { labelIsPath, projectJsonInvalid, projectJsonTooLarge } from '../errors.ts';
import { classOrder } from './class-order.ts';
import { MAX_DEPTH, objectsIn } from './nesting.ts';
import { PROJECT_TYPES, type ProjectType } from './project.ts';
import { withDefaults } from './train-config.ts';
import { shown } from './zip-name.ts';

export const MAX_PROJECT_JSON_BYTES = 5_000_000;
const MAX_LABELS = 1000;
const MAX_TEXT = 200;
const DEFAULT_BOARD = 'kidbright-mai';

type JsonObject = Readonly<Record<string, unknown>>;

/** What the server itself needs from project.json; the rest is the training's business. */
export interface ProjectFile {
  readonly name: string;
  readonly type: ProjectType;
  readonly board: string;
  readonly labels: readonly string[];
  readonly trainConfig: JsonObject;
  /** Everything the file holds. */
  readonly content: JsonObject;
}

/** Check project.json. Throws an AppError that names the field. */
export function parseProjectFile(bytes: Buffer): ProjectFile {
  if (bytes.length > MAX_PROJECT_JSON_BYTES) throw projectJsonTooLarge(MAX_PROJECT_JSON_BYTES);
  const content = parseObject(bytes);
  const type = PROJECT_TYPES.find((known) => known === content['projectType']);
  if (type === undefined) throw projectJsonInvalid(`projectType is ${inWords(content['projectType'])}, it must be one of ${PROJECT_TYPES.join(', ')}`);
  return {
    name: text(content['name'], 'name') ?? '',
    type,
    board: text(objectOrNothing(content['currentBoard'], 'currentBoard')['id'], 'currentBoard.id') || DEFAULT_BOARD,
    labels: labels(content['labels']),
    trainConfig: withDefaults(type, objectOrNothing(content['trainConfig'], 'trainConfig')),
    content,
  };
}

function parseObject(bytes: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw projectJsonInvalid('it is not valid JSON in UTF-8');
  }
  if (!isObject(value)) throw projectJsonInvalid('it must be a JSON object');
  refuseDeepOrPrototype(value);
  return value;
}

function refuseDeepOrPrototype(root: object): void {
  for (const { value, depth } of objectsIn(root)) {
    if (depth > MAX_DEPTH) throw projectJsonInvalid(`it is nested deeper than ${MAX_DEPTH} levels`);
    if (Object.hasOwn(value, '__proto__')) throw projectJsonInvalid('a field is named "__proto__"');
  }
}

function labels(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw projectJsonInvalid(`labels is ${inWords(value)}, it must be a list`);
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
  if (string !== undefined && /[\u0000-\u001f\u007f]/.test(string)) throw projectJsonInvalid(`${field} holds a control character`);
  return string;
}

/** A label may hold a line break: the IDE lets one be pasted. */
function shortText(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw projectJsonInvalid(`${field} is ${inWords(value)}, it must be a text`);
  const string = String(value);
  if ([...string].length > MAX_TEXT) throw projectJsonInvalid(`${field} is longer than ${MAX_TEXT} characters`);
  return string;
}

function objectOrNothing(value: unknown, field: string): JsonObject {
  if (value === undefined || value === null || value === '') return {};
  if (!isObject(value)) throw projectJsonInvalid(`${field} is ${inWords(value)}, it must be an object`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `"${String(value).slice(0, 40)}"`;
}
