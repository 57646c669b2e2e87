// What the server knows of a process that it started: what to start, what it writes, how it ended.

/** What to start. argv is an array, the environment is complete: nothing is inherited. */
export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** How far it steps back behind others who want the processor, 0 to 19. */
  readonly niceness?: number;
}

/** One line of standard output; of a line over the limit only the head is kept. */
export type OutputLine = { readonly text: string } | { readonly head: string; readonly bytes: number };

export interface ChildHandlers {
  /** All lines that arrived together, so that a chatty child costs one call per read. */
  onLines(lines: readonly OutputLine[]): void;
  onStderr(chunk: Buffer): void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly reason?: string;
  /** It was ended because the process that forked it had died: no fault of its own. */
  readonly orphaned?: true;
}

/** A running child with a process group of its own. */
export interface Child {
  /** Undefined until it is known: `started` waits for it. */
  readonly pid: number | undefined;
  /** Its pid, once it leads its group; undefined when it could not be started at all: `ended` then says why. Never rejects. */
  readonly started: Promise<number | undefined>;
  /** From the request to start it to its exit. */
  readonly running: boolean;
  /** Standard output has ended and the exit was seen, and no process of the group is left. Never rejects. */
  readonly ended: Promise<ChildExit>;
  /** Send a signal to its whole group. One that has not started yet is never started. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
  /** Hand over one line on standard input; false if the child no longer takes any. */
  writeLine(text: string): boolean;
  /** Replace who gets the output (a warm child is handed to its job). */
  setHandlers(handlers: ChildHandlers): void;
}

/** Starts a child by one of several ways. Never throws: one that cannot be started has `ended` with a reason. */
export type StartChild = (command: ChildCommand, handlers: ChildHandlers) => Child;
