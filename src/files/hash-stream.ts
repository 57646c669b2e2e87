import { createHash } from 'node:crypto';

/** SHA-256 of what a stream of bytes gives, in hexadecimal. */
export async function sha256Of(content: AsyncIterable<Buffer | string>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
}
