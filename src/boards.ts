import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// The boards that a project can be for, from contract/boards.json.

export interface Board {
  /** As people know it. */
  readonly name: string;
  /** The types of projects that this server makes models of for it. */
  readonly converts: readonly string[];
  /** What its conversion needs beside the server's own Python; undefined: nothing. */
  readonly compiler?: Compiler;
  /** By project type: what its program loads, which the IDE downloads one by one after a conversion. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

interface Compiler {
  /** Folder of its environment, beside the server's own. */
  readonly folder: string;
  /** The command that makes the environment. */
  readonly setup: string;
}

const contract = JSON.parse(readFileSync(new URL('../contract/boards.json', import.meta.url), 'utf8')) as {
  readonly default: string;
  readonly boards: Readonly<Record<string, Board>>;
};

/** The board of a project that names none. */
export const DEFAULT_BOARD = contract.default;
/** By the ids of the IDE. */
export const BOARDS: ReadonlyMap<string, Board> = new Map(Object.entries(contract.boards));
/** What a set-up writes last: an environment without it is not whole. */
const STAMP = '.mai-setup';

/** What a board's program loads; of an unknown board the files of the default one. */
export function boardFiles(board: string, projectType: string): readonly string[] {
  return (BOARDS.get(board) ?? BOARDS.get(DEFAULT_BOARD))?.files[projectType] ?? [];
}

/** Whether what the board's conversion needs is in `folder`. Looked up each time: a set-up needs no restart of the server. */
export function hasCompiler({ compiler }: Pick<Board, 'compiler'>, folder: string): boolean {
  if (compiler === undefined) return true;
  // a link that leads nowhere once its Python has gone
  return [STAMP, join('bin', 'python')].every((name) => existsSync(join(folder, compiler.folder, name)));
}

export type BoardStates = readonly {
  readonly id: string;
  readonly name: string;
  readonly ready: boolean;
  readonly setup?: string;
}[];

/** Which boards there are, and for which of them models can be made now. */
export function boardStates(folder: string): BoardStates {
  return [...BOARDS].map(([id, board]) => ({
    id,
    name: board.name,
    ready: hasCompiler(board, folder),
    ...(board.compiler && { setup: board.compiler.setup }),
  }));
}
