import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { OutputLine } from './child.ts';

// What the process that forks children writes (docs/protocol.md § Between server and child).

const FORK_REPORT = Type.Union([
  /** Its imports are done; the names of what it can fork. */
  Type.Object({ ready: Type.Array(Type.String()) }),
  Type.Object({ forked: Type.String(), pid: Type.Integer({ minimum: 2 }) }),
  Type.Object({ failed: Type.String(), reason: Type.String() }),
  Type.Object({
    exited: Type.Integer(),
    code: Type.Union([Type.Integer(), Type.Null()]),
    signal: Type.Union([Type.String(), Type.Null()]),
  }),
]);

export type ForkReport = Readonly<Static<typeof FORK_REPORT>>;

const validator = Compile(FORK_REPORT);

/** Undefined for a line that is no report. */
export function parseReport(line: OutputLine): ForkReport | undefined {
  if (!('text' in line)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return undefined;
  }
  return validator.Check(value) ? value : undefined;
}
