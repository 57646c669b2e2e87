import { spawn } from 'node:child_process';

/**
 * Run a command and show what it prints, indented, so that long installs are seen to move.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, shell?: boolean, quiet?: boolean }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { cwd, shell = false, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const show = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-20_000);
      if (!quiet) process.stdout.write(String(chunk).replace(/^(?=.)/gm, '    '));
    };
    child.stdout.on('data', show);
    child.stderr.on('data', show);
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The last lines of an output that say why it failed. @param {string} output */
export function reasonIn(output) {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const telling = lines.filter((line) => /error|ERR!|could not|no matching|failed/i.test(line));
  return (telling.length > 0 ? telling : lines).slice(-2).join(' | ').slice(0, 400);
}
