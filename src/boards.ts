import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// The boards that a project can be for, from contract/boards.json.

export interface Board {
  /** As people know it. */
  readonly name: string;
  /** By project type: a network that the IDE offers for it, and what is trained for it. The first one is the default. A type that is not there has the same networks on every board. */
  readonly networks?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What its conversion needs beside the server's own Python; undefined: nothing. */
  readonly compiler?: Compiler;
  /** By project type, all of which there are: what its program loads, which the IDE downloads one by one after a conversion. */
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

/** The network of a training that asks for none; undefined where it does not depend on the board. */
export function defaultNetwork(board: string, projectType: string): string | undefined {
  return Object.keys(BOARDS.get(board)?.networks?.[projectType] ?? {})[0];
}

/** Whether `model` is offered for other boards and not for this one. */
export function isOfOtherBoard(model: string, board: string): boolean {
  const offeredOn = [...BOARDS].filter(([, { networks }]) =>
    Object.values(networks ?? {}).some((offered) => Object.keys(offered).some((name) => plain(name) === plain(model))),
  );
  return offeredOn.length > 0 && offeredOn.every(([id]) => id !== board);
}

/** Whether what is trained for one board runs on the other. */
export function haveSameNetworks(one: string, other: string, projectType: string): boolean {
  const [first, second] = [one, other].map((id) => BOARDS.get(id)?.networks?.[projectType]);
  if (first === undefined || second === undefined) return true;
  return Object.values(first).some((network) => Object.values(second).includes(network));
}

/** The same for every spelling of a network's name, as python/mai/train/plan/settings.py has it. */
function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
}

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
