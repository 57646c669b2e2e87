import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { AppError, fieldRepeated, invalidRequest, notMultipart, uploadBroken } from '../errors.ts';
import { errorCode, isOfSystem } from '../system-errors.ts';

// Reads a form with a file in it while it arrives, without holding it in memory.

const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 10_000;

export interface FormFile<Saved> {
  readonly field: string;
  readonly filename: string;
  readonly saved: Saved;
}

export interface Form<Saved> {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: FormFile<Saved> | undefined;
}

export interface FormOptions<Saved> {
  /** Names a file may come under; others are skipped. */
  readonly fileFields: readonly string[];
  readonly maxFileBytes: number;
  readonly tooLarge: () => AppError;
  /** Consumes the whole stream. */
  readonly save: (stream: Readable) => Promise<Saved>;
  /** Called when the form turns out to be wrong after the file was saved. */
  readonly discard: (saved: Saved) => Promise<void>;
}

/** For the schema of a route that reads its form: the form is a stream, so there is no body that could be checked. */
export const readAsStream = () => () => true;

/** Read a multipart form whose parts come in any order; the file goes where `save` takes it, never into memory here. */
export async function readForm<Saved>(request: FastifyRequest, options: FormOptions<Saved>): Promise<Form<Saved>> {
  if (!request.isMultipart()) throw notMultipart();
  if (Number(request.headers['content-length'] ?? 0) > options.maxFileBytes + MAX_FIELDS * MAX_FIELD_BYTES)
    throw options.tooLarge();
  const fields = new Map<string, string>();
  let file: FormFile<Saved> | undefined;
  try {
    for await (const part of request.parts({
      limits: { fileSize: options.maxFileBytes, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, files: 4 },
    })) {
      if (part.type === 'field') {
        if (fields.has(part.fieldname)) throw fieldRepeated(part.fieldname.slice(0, 80));
        fields.set(part.fieldname, String(part.value));
      } else if (options.fileFields.includes(part.fieldname)) {
        if (file !== undefined) throw fieldRepeated(part.fieldname);
        const saved = await saveWithin(part.file, options);
        file = { field: part.fieldname, filename: part.filename ?? '', saved };
        if (part.file.truncated) throw options.tooLarge();
      } else {
        part.file.resume();
      }
    }
    return { fields, file };
  } catch (error) {
    // the rest of the body has to go somewhere, or the next request on this connection waits for it
    request.raw.unpipe();
    request.raw.resume();
    if (file !== undefined) await options.discard(file.saved);
    throw asAppError(error);
  }
}

/** Answer at the limit, not when the last byte has come. */
async function saveWithin<Saved>(stream: Readable, { save, tooLarge }: FormOptions<Saved>): Promise<Saved> {
  stream.once('limit', () => stream.destroy(tooLarge()));
  return save(stream);
}

/** Errors of the system go on as they are; whatever else the parser says is the client's doing. */
function asAppError(error: unknown): unknown {
  if (error instanceof AppError || isOfSystem(error)) return error;
  const code = errorCode(error) ?? '';
  if (code.startsWith('FST_') && code !== 'FST_MP_PREMATURE_CLOSE')
    return invalidRequest(error instanceof Error ? error.message : code);
  return uploadBroken();
}
