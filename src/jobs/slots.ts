import { readdirSync } from 'node:fs';

/** Where a job runs. */
export interface Slot {
  readonly index: number;
  /** As `--device` wants it. */
  readonly device: string;
  readonly threads: number;
  /** The one GPU its child may see; undefined: what the server sees. */
  readonly gpu?: string;
}

export interface Machine {
  /** As CUDA_VISIBLE_DEVICES names them. */
  readonly gpus: readonly string[];
  readonly cores: number;
}

/**
 * One slot per GPU, one on CPU, or as many as asked for; processor cores are divided among them.
 * A slot's child sees its own GPU alone, so that `auto` can still fall back to the processor
 * where there is a GPU but torch cannot use it.
 */
export function planSlots(device: string, slots: number | undefined, { gpus, cores }: Machine): Slot[] {
  const shared = device === 'auto' || device === 'cuda' ? gpus : [];
  const count = slots ?? Math.max(1, shared.length);
  const threads = Math.max(1, Math.floor(cores / count));
  return Array.from({ length: count }, (_, index) => {
    const gpu = shared[index % Math.max(1, shared.length)];
    return { index, device, threads, ...(gpu === undefined ? {} : { gpu }) };
  });
}

/**
 * GPUs this process may use, without importing torch: a container has the device files of those
 * it was given alone. CUDA_VISIBLE_DEVICES narrows it further ('' and -1 hide all that follow).
 */
export function listGpus(environment: Readonly<Record<string, string | undefined>>, listDevices: () => readonly string[] = deviceFiles): string[] {
  const files = listDevices().filter((name) => /^nvidia\d+$/.test(name));
  const visible = environment.CUDA_VISIBLE_DEVICES;
  if (visible === undefined) return files.map((_, index) => String(index));
  const named = visible.split(',').map((part) => part.trim());
  const hidden = named.findIndex((part) => part === '' || part === '-1');
  return (hidden < 0 ? named : named.slice(0, hidden)).slice(0, files.length);
}

function deviceFiles(): string[] {
  try {
    return readdirSync('/dev');
  } catch {
    return [];
  }
}
