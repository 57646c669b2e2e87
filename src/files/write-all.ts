import { writeSync } from 'node:fs';

/** Writes every byte, or throws what the disk says. A disk that is nearly full takes a part and says so at the next call. */
export function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
