import type { JobReason } from '../domain/job.ts';

// Reads what the process that gives first answers says at the end of a project.

/** The process is done with a project. */
export interface Answered {
  readonly id: string;
  /** What is wrong with the project: its training would fail with it too. */
  readonly error?: JobReason;
  /** Only this process could not do it; the training tries by itself. */
  readonly failed?: string;
}

/** Faults of the machine. The training may still succeed: it has all the memory later, and there may be room by then. */
const OF_THE_MACHINE: readonly string[] = ['out_of_memory', 'disk_full', 'internal', 'device_missing'];

/** Undefined where a line is something else. */
export function parseAnswered(text: string): Answered | undefined {
  if (!text.startsWith('{"answered"')) return undefined;
  try {
    const { answered, error, failed } = JSON.parse(text) as Record<string, unknown>;
    if (typeof answered !== 'string') return undefined;
    if (isReason(error)) {
      const { code, msg } = error;
      return OF_THE_MACHINE.includes(code)
        ? { id: answered, failed: code }
        : { id: answered, error: { ...error, code, msg } };
    }
    return { id: answered, ...(failed === undefined ? {} : { failed: String(failed) }) };
  } catch {
    return undefined;
  }
}

function isReason(value: unknown): value is JobReason {
  if (typeof value !== 'object' || value === null) return false;
  const { code, msg } = value as Record<string, unknown>;
  return typeof code === 'string' && typeof msg === 'string';
}
