/** Keeps the end of what a process writes, for error messages. */
export interface Tail {
  add(chunk: Buffer | string): void;
  readonly text: string;
}

export function keepTail(maxChars: number): Tail {
  let text = '';
  return {
    add(chunk) {
      text = (text + chunk.toString()).slice(-maxChars);
    },
    get text() {
      return text;
    },
  };
}
