import { readdirSync } from 'node:fs';

/**
 * GPUs this process may use, without importing torch: a container has the device files of those
 * it was given alone. CUDA_VISIBLE_DEVICES narrows it further ('' and -1 hide all that follow).
 */
export function listGpus(
  environment: Readonly<Record<string, string | undefined>>,
  listDevices: () => readonly string[] = deviceFiles,
): string[] {
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
