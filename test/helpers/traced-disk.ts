import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a disk would still hold after a power cut at one moment, by the rules of POSIX: data after a sync of the file, a name after a sync of its folder. */
export interface Disk {
  /** Files at or below a path whose data, and folders whose names, would be lost. */
  unsynced(path: string): string[];
}

export interface TracedCall {
  readonly call: string;
  /** As strace writes them. */
  readonly args: string;
}

export const STRACE_CALLS =
  'openat,write,writev,pwrite64,pwritev,ftruncate,fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,unlink,unlinkat,rmdir,sendto,sendmsg';

/** Why traces cannot be had here; undefined: they can. */
export function whyNoTrace(): string | undefined {
  const { status, error } = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true'], { stdio: 'ignore' });
  return status === 0 ? undefined : `strace cannot be used here (${error?.message ?? `exit code ${status}`})`;
}

/** The calls of a trace that succeeded, in the order in which they came back. */
export function readTrace(path: string): TracedCall[] {
  const begun = new Map<string, string>();
  const calls: TracedCall[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      begun.set(pid, text.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed ? `${begun.get(pid) ?? ''}${resumed[1] ?? ''}` : text;
    const found = /^(\w+)\((.*)\) += (-?\d+)/.exec(whole);
    if (found && Number(found[3]) >= 0) calls.push({ call: found[1] ?? '', args: found[2] ?? '' });
  }
  return calls;
}

/** Go through a trace; `look` sees each call before it has its effect. */
export function replayTrace(calls: readonly TracedCall[], look: (call: TracedCall, disk: Disk) => void): void {
  const data = new Set<string>();
  const names = new Set<string>();
  const disk: Disk = { unsynced: (path) => [...data, ...names].filter((other) => isAtOrBelow(other, path)).sort() };
  for (const traced of calls) {
    look(traced, disk);
    const [first, second] = pathsIn(traced.args);
    if (first === undefined) continue;
    switch (traced.call) {
      case 'openat':
        if (traced.args.includes('O_CREAT')) names.add(parent(first));
        break;
      case 'write':
      case 'writev':
      case 'pwrite64':
      case 'pwritev':
      case 'ftruncate':
        data.add(first);
        break;
      case 'fsync':
      case 'fdatasync':
        data.delete(first);
        names.delete(first);
        break;
      case 'syncfs':
        data.clear();
        names.clear();
        break;
      case 'rename':
      case 'renameat':
      case 'renameat2':
        for (const set of [data, names]) move(set, first, second ?? first);
        names.add(parent(first)).add(parent(second ?? first));
        break;
      case 'link':
      case 'linkat':
        names.add(parent(second ?? first));
        break;
      case 'mkdir':
      case 'mkdirat':
        names.add(parent(first));
        break;
      case 'unlink':
      case 'unlinkat':
      case 'rmdir':
        for (const set of [data, names]) for (const other of [...set]) if (isAtOrBelow(other, first)) set.delete(other);
        names.add(parent(first));
        break;
    }
  }
}

/** The two paths of a call: quoted ones, else that of the descriptor. */
export function pathsIn(args: string): string[] {
  const quoted = [...args.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path ?? '');
  if (quoted.length > 0 && !/^\d+</.test(args)) return quoted;
  return [...args.matchAll(/^\d+<(\/[^>]*)>/g)].map(([, path]) => path ?? '');
}

function move(set: Set<string>, from: string, to: string): void {
  for (const path of [...set]) {
    if (isAtOrBelow(path, to)) set.delete(path);
  }
  for (const path of [...set]) {
    if (!isAtOrBelow(path, from)) continue;
    set.delete(path);
    set.add(to + path.slice(from.length));
  }
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
