import { readFileSync } from 'node:fs';

// The boards that a project can be for, from contract/boards.json.

export interface Board {
  /** As people know it. */
  readonly name: string;
  /** Whether this server makes models for it. */
  readonly converts: boolean;
  /** By project type: what its program loads, which the IDE downloads one by one after a conversion. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

const contract = JSON.parse(readFileSync(new URL('../contract/boards.json', import.meta.url), 'utf8')) as {
  readonly default: string;
  readonly boards: Readonly<Record<string, Board>>;
};

/** The board of a project that names none. */
export const DEFAULT_BOARD = contract.default;
/** By the ids of the IDE. */
export const BOARDS: ReadonlyMap<string, Board> = new Map(Object.entries(contract.boards));

/** What a board's program loads; of an unknown board the files of the default one. */
export function boardFiles(board: string, projectType: string): readonly string[] {
  return (BOARDS.get(board) ?? BOARDS.get(DEFAULT_BOARD))?.files[projectType] ?? [];
}
