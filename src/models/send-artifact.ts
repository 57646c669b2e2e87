import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rangeNotSatisfiable } from '../errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import { parseByteRange } from '../http/byte-range.ts';

/**
 * Sends a file, or the part of it that a broken download still lacks. The length goes with it, because the IDE draws
 * a progress bar from it. Nothing may cache the answer: the next model has the same address. Closes the file.
 */
export async function sendArtifact(
  request: FastifyRequest,
  reply: FastifyReply,
  artifact: OpenFile,
  type: string,
): Promise<FastifyReply> {
  const { file, bytes, identity } = artifact;
  const etag = `"${identity}"`;
  reply.headers({ 'cache-control': 'no-store', 'accept-ranges': 'bytes', etag }).type(type);
  const range = rangeOf(request, etag, bytes);
  if (range === 'unsatisfiable') {
    await file.close();
    // what follows is a sentence, not the file
    reply.removeHeader('content-disposition').removeHeader('etag').header('content-range', `bytes */${bytes}`);
    throw rangeNotSatisfiable(bytes);
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  reply.header('content-length', end - start + 1);
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`);
  if (request.method === 'HEAD' || bytes === 0) {
    await file.close();
    return reply.send(Readable.from([]));
  }
  return reply.send(file.createReadStream({ start, end }));
}

/** A part fits only to the file that the client has the beginning of: `If-Range` names it. */
function rangeOf({ method, headers }: FastifyRequest, etag: string, bytes: number): ReturnType<typeof parseByteRange> {
  const isOther = headers['if-range'] !== undefined && headers['if-range'] !== etag;
  return method === 'GET' && !isOther ? parseByteRange(headers.range, bytes) : undefined;
}
