import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { isOthersProcess } from '../system-errors.ts';

/** Who holds a folder. `space` is where the pid means something: this start of the machine, this container. */
export interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly space: string;
}

/** This process, as short text: file systems keep the target of a short link without a block of its own. */
export function thisHolder(): string {
  return `${process.pid}.${startOf(process.pid) ?? ''}.${space()}`;
}

/** Undefined where the text names nobody (half written by a crash of the machine). */
export function parseHolder(text: string): Holder | undefined {
  const [, pid, started = '', space = ''] = /^(\d+)\.(\d*)\.([0-9a-z]+)\.[0-9a-f]+$/.exec(text) ?? [];
  if (pid !== undefined) return { pid: Number(pid), started, space };
  try {
    const old = JSON.parse(text) as Partial<Holder> | null;
    const isWhole = typeof old?.pid === 'number' && typeof old.started === 'string' && typeof old.space === 'string';
    return isWhole ? { ...(old as Holder), space: shortened((old as Holder).space) } : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: it is of another container or machine, where its pid says nothing here. */
export function isHolderRunning(holder: Holder): boolean | undefined {
  if (holder.space !== space()) return undefined;
  return startOf(holder.pid) === holder.started;
}

/** A pid is given again after its process ended; with the start time it names one process. Undefined: no such process. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // a zombie only waits for its parent to read how it ended
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return isOthersProcess(error) ? '' : undefined;
  }
}

function space(): string {
  if (process.platform !== 'linux') return shortened(process.platform);
  return shortened(
    `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`,
  );
}

function shortened(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 12);
}
