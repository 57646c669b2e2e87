import { readdirSync } from 'node:fs';

/** Where a job runs. */
export interface Slot {
  readonly index: number;
  /** As `--device` wants it. */
  readonly device: string;
  readonly threads: number;
}

export interface Machine {
  readonly gpus: number;
  readonly cores: number;
}

/** One slot per GPU, one on CPU, or as many as asked for; processor cores are divided among them. */
export function planSlots(device: string, slots: number | undefined, machine: Machine): Slot[] {
  const onAllGpus = (device === 'auto' || device === 'cuda') && machine.gpus > 0;
  const count = slots ?? (onAllGpus ? machine.gpus : 1);
  const threads = Math.max(1, Math.floor(machine.cores / count));
  return Array.from({ length: count }, (_, index) => ({ index, threads, device: onAllGpus ? `cuda:${index % machine.gpus}` : device }));
}

/**
 * GPUs this process may use, without importing torch: a container has the device files of those
 * it was given alone. CUDA_VISIBLE_DEVICES narrows it further ('' and -1 hide all).
 */
export function countGpus(environment: Readonly<Record<string, string | undefined>>, listDevices: () => readonly string[] = deviceFiles): number {
  const files = listDevices().filter((name) => /^nvidia\d+$/.test(name)).length;
  const visible = environment.CUDA_VISIBLE_DEVICES;
  if (visible === undefined) return files;
  const named = visible.split(',').map((part) => part.trim());
  const hidden = named.findIndex((part) => part === '' || part === '-1');
  return Math.min(files, hidden < 0 ? named.length : hidden);
}

function deviceFiles(): string[] {
  try {
    return readdirSync('/dev');
  } catch {
    return [];
  }
}
