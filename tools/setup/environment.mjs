import { join } from 'node:path';

/** The interpreter of the environment that the set-up makes. @param {string} root */
export function environmentPython(root) {
  return process.platform === 'win32'
    ? join(root, '.venv', 'Scripts', 'python.exe')
    : join(root, '.venv', 'bin', 'python');
}
