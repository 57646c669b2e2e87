import { Writable } from 'node:stream';

export type LogLine = Readonly<Record<string, unknown>>;

/** A log that is kept as its lines. */
export function keptLog(): Writable & { lines(): LogLine[] } {
  let text = '';
  const log = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const lines = () =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine);
  return Object.assign(log, { lines });
}
