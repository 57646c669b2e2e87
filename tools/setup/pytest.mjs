import { join } from 'node:path';

/** By name: what is found by itself has each of its files rewritten in every process, Hypothesis with its hundred. */
const PLUGINS = ['--disable-plugin-autoload', '-p', 'xdist.plugin', '-p', '_hypothesis_pytestplugin'];

/**
 * Arguments of Python for the tests with these marks; where they are is added behind them.
 * @param {string} marks as pytest's -m takes them
 */
export function pytestWith(marks) {
  return ['-m', 'pytest', ...PLUGINS, '-c', join('python', 'pyproject.toml'), '--rootdir', '.', '-rs', '-m', marks];
}
