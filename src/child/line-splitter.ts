import type { OutputLine } from './child.ts';

// Cuts what a process writes into lines, however the bytes arrive.

/** Longest line that is read whole; the largest real event, a confusion matrix of 500 labels, is half of it. */
export const MAX_LINE_BYTES = 1024 * 1024;

const HEAD_BYTES = 200;

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** The end of the stream ends the last line too. */
  end(): void;
}

/**
 * Cut a byte stream into lines without ever holding more than `maxBytes` of one: of a longer line
 * only its head and its length survive. Lines that arrive in one read are handed on together, because
 * a training prints thousands a second.
 */
export function createLineSplitter(maxBytes: number, onLines: (lines: OutputLine[]) => void): LineSplitter {
  let parts: Buffer[] = [];
  let bytes = 0;
  let tooLong = false;

  const keep = (part: Buffer) => {
    bytes += part.length;
    if (tooLong) return;
    parts.push(part);
    if (bytes > maxBytes) {
      tooLong = true;
      // A copy: a slice would keep its whole read buffer in memory.
      parts = [Buffer.from(Buffer.concat(parts).subarray(0, HEAD_BYTES))];
    }
  };

  const finish = (): OutputLine => {
    const whole = Buffer.concat(parts).toString('utf8');
    const line = tooLong ? { head: whole, bytes } : { text: withoutReturn(whole) };
    parts = [];
    bytes = 0;
    tooLong = false;
    return line;
  };

  return {
    push(chunk) {
      const first = chunk.indexOf(10);
      if (first < 0) return keep(chunk);
      const lines: OutputLine[] = [];
      keep(chunk.subarray(0, first));
      lines.push(finish());
      const last = chunk.lastIndexOf(10);
      if (last > first) {
        for (const text of chunk.toString('utf8', first + 1, last).split('\n'))
          lines.push({ text: withoutReturn(text) });
      }
      if (last + 1 < chunk.length) keep(chunk.subarray(last + 1));
      onLines(lines);
    },
    end() {
      if (bytes > 0) onLines([finish()]);
    },
  };
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
