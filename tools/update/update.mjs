import { join } from 'node:path';
import { reasonIn, run } from '../setup/run.mjs';
import { whyNotReady } from './trial.mjs';

// A newer version in the place of this one, and back to this one if the newer does not start here.

/** A sentence for people. */
export class UpdateError extends Error {}

/**
 * @param {{ root: string, to?: string | undefined, say?: (text: string) => void, deadlineMs?: number }} options
 *   `to`: a tag or commit; without it the newest of the branch
 * @returns {Promise<void>} rejects with UpdateError; then the version of before is in place
 */
export async function update({ root, to, say = console.log, deadlineMs }) {
  const git = (/** @type {string[]} */ ...args) => run('git', args, { cwd: root, quiet: true });
  const must = async (/** @type {string[]} */ ...args) => {
    const { code, output } = await git(...args);
    if (code !== 0) throw new UpdateError(`git ${args[0]} failed: ${reasonIn(output)}`);
    return output.trim();
  };
  if ((await git('rev-parse', '--git-dir')).code !== 0)
    throw new UpdateError('This is no git checkout: copy the new version over this one (docs/administration.md).');
  if ((await must('status', '--porcelain', '--untracked-files=no')) !== '')
    throw new UpdateError('Files of the program were changed here: undo that first (git status shows them).');
  const before = await must('rev-parse', 'HEAD');
  await must('fetch', '--tags');
  await must('merge', '--ff-only', to ?? '@{upstream}');
  const after = await must('rev-parse', 'HEAD');
  if (after === before) return say('This is the newest version already.');
  say(
    `From ${before.slice(0, 10)} to ${after.slice(0, 10)}. The packages, then a trial start with an empty projects folder …`,
  );
  const why = (await whyNotSetUp(root)) ?? (await whyNotReady(root, deadlineMs));
  if (why === undefined) return say('The new version starts here. Start the server again to use it.');
  await must('reset', '--keep', before);
  const again = await whyNotSetUp(root);
  throw new UpdateError(
    `The new version does not start here: ${why}. The version of before is in place again${again === undefined ? '.' : `, but its set-up failed: ${again}. Run npm run setup.`}`,
  );
}

/** The set-up of the version that lies there now, in a process of its own. @param {string} root */
async function whyNotSetUp(root) {
  const { code, output } = await run(process.execPath, [join('tools', 'setup', 'server-only.mjs')], { cwd: root });
  return code === 0 ? undefined : `its set-up failed: ${reasonIn(output)}`;
}
