import { spawnSync } from 'node:child_process';
import { tempDir } from './temp-dir.ts';

/** A folder on a disk of its own of `bytes`, or undefined where this user may not mount one. */
export async function smallDisk(bytes: number): Promise<string | undefined> {
  const dir = await tempDir();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir], { stdio: 'ignore' });
  if (status !== 0) return undefined;
  // before the folder itself is removed: handlers run in the order in which they were added, this one first
  process.prependListener('exit', () => spawnSync('umount', ['--lazy', dir], { stdio: 'ignore' }));
  return dir;
}
