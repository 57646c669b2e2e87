import { spawn } from 'node:child_process';

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {readonly string[]} command program and arguments
 * @property {string} mend what to do when it fails: a command, or where the rule stands
 * @property {string} [skip] why it cannot run here
 */

/**
 * Run the parts side by side, so many at once, and print one line for each as it ends. One that fails shows its
 * output and how to mend it, and hides no other.
 *
 * @param {readonly Part[]} parts started in this order
 * @param {{ cwd: string, lanes: number, print: (line: string) => void }} options
 * @returns {Promise<string[]>} names of the parts that failed
 */
export async function runParts(parts, { cwd, lanes, print }) {
  const waiting = [...parts];
  /** @type {Part[]} */
  const failed = [];
  const begun = performance.now();
  const lane = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      if (part.skip !== undefined) {
        print(`skipped ${part.name}: ${part.skip}`);
        continue;
      }
      const started = performance.now();
      const { code, output } = await outputOf(part.command, cwd);
      print(`${code === 0 ? 'ok    ' : 'FAILED'}  ${part.name.padEnd(16)}${secondsSince(started)} s`);
      if (code === 0) continue;
      failed.push(part);
      print(`${output.trimEnd().replace(/^(?=.)/gm, '    ')}\n    To mend it: ${part.mend}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  const names = failed.map((part) => part.name);
  print(`\n${names.length === 0 ? 'All parts passed' : `Failed: ${names.join(', ')}`} (${secondsSince(begun)} s).`);
  return names;
}

/** @param {number} started */
const secondsSince = (started) => ((performance.now() - started) / 1000).toFixed(1).padStart(5);

/** @param {readonly string[]} command @param {string} cwd @returns {Promise<{ code: number, output: string }>} */
function outputOf([program = '', ...args], cwd) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => void (output += chunk);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
