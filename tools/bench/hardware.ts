import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { ROOT } from '../demo/server-process.ts';

/**
 * The machine that the figures depend on. `bf16`: whether the processor has bfloat16 instructions. `load_before`:
 * running processes in the minute before; above about 0.5 other work took part of the time, so times mean little.
 */
export function hardware(): {
  cpu: string;
  cores: number;
  bf16: boolean;
  memory_gib: number;
  gpu: string | null;
  load_before: number;
} {
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    bf16: /\b(avx512_bf16|amx_bf16)\b/.test(flags),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    load_before: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    gpu: output('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader']).split('\n')[0]?.trim() || null,
  };
}

/** The commit that is measured, with `+` if the working tree differs from it. New records are no difference. */
export function commit(root = ROOT): string {
  const hash = output('git', ['rev-parse', '--short', 'HEAD'], root).trim();
  const status = ['status', '--porcelain', '--untracked-files=no', '--', '.', ':!tools/bench/records'];
  const changed = output('git', status, root).trim() !== '';
  return hash === '' ? 'unknown' : `${hash}${changed ? '+' : ''}`;
}

function output(command: string, args: readonly string[], cwd = ROOT): string {
  const { status, stdout } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return status === 0 ? stdout : '';
}
