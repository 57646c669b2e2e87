import { join } from 'node:path';

/**
 * Arguments of Python for the tests with these marks; where they are is added behind them.
 * @param {string} marks as pytest's -m takes them
 */
export function pytestWith(marks) {
  return ['-m', 'pytest', '-c', join('python', 'pyproject.toml'), '--rootdir', '.', '-rs', '-m', marks];
}
