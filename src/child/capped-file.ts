import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';

export interface CappedFile {
  write(bytes: Buffer | string): void;
  close(): void;
}

const END = Buffer.from('\n(more was left out)\n');

/**
 * What a child says to people, up to a limit over all attempts: a child that writes a lot must not fill the disk.
 * A disk that does not take it is no reason to end a training: what it says is dropped then.
 */
export function openCappedFile(path: string, maxBytes: number): CappedFile {
  const file = openSync(path, 'a');
  let room = maxBytes - fstatSync(file).size;
  return {
    write(chunk) {
      if (room <= 0) return;
      const bytes = Buffer.from(chunk);
      try {
        writeSync(file, bytes.length <= room ? bytes : Buffer.concat([bytes.subarray(0, room), END]));
      } catch {
        room = 0;
      }
      room -= bytes.length;
    },
    close: () => closeSync(file),
  };
}
