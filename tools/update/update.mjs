import { join } from 'node:path';
import { reasonIn, run } from '../setup/run.mjs';
import { runningServer } from './running.mjs';
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
  const server = runningServer(root);
  if (server !== undefined)
    throw new UpdateError(
      `The server runs from here (process ${server}), and its packages would be replaced under it: stop it first.`,
    );
  const before = await must('rev-parse', 'HEAD');
  await must('fetch', '--tags');
  const after = await targetOf(git, to);
  if (after === before) return say('This is the newest version already.');
  await refuseOther(git, before, after, to);
  const { code, output } = await git('merge', '--ff-only', after);
  if (code !== 0) throw new UpdateError(`Nothing was changed, because git refused: ${wordsOf(output)}`);
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

/** @typedef {(...args: string[]) => Promise<{ code: number, output: string }>} Git */

/** The commit that is wanted. @param {Git} git @param {string | undefined} to */
async function targetOf(git, to) {
  const { code, output } = await git('rev-parse', '--verify', '--quiet', `${to ?? '@{upstream}'}^{commit}`);
  if (code === 0) return output.trim();
  throw new UpdateError(
    to === undefined
      ? 'This checkout follows no branch, so it has no newest version: git switch main, or name one: npm run update -- v0.3.0.'
      : `There is no version ${to}: git tag lists them.`,
  );
}

/** Only what comes after this version is a newer one. @param {Git} git @param {string} before @param {string} after @param {string | undefined} to */
async function refuseOther(git, before, after, to) {
  const isBefore = async (/** @type {string} */ one, /** @type {string} */ other) =>
    (await git('merge-base', '--is-ancestor', one, other)).code === 0;
  if (await isBefore(before, after)) return;
  if (!(await isBefore(after, before)))
    throw new UpdateError(
      'This checkout has commits of its own, so a newer version cannot follow them: git log @{upstream}.. shows them.',
    );
  if (to === undefined) throw new UpdateError('This version is newer than that of its branch: nothing to do.');
  throw new UpdateError(
    `${to} is older than this version. To go back: stop the server, git reset --keep ${to}, npm run setup, and restore the backup from before the update, since projects may have changed (docs/administration.md).`,
  );
}

/** What git said, in one line. @param {string} output */
function wordsOf(output) {
  return output
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .slice(0, 400);
}

/** The set-up of the version that lies there now, in a process of its own. @param {string} root */
async function whyNotSetUp(root) {
  const { code, output } = await run(process.execPath, [join('tools', 'setup', 'server-only.mjs')], { cwd: root });
  return code === 0 ? undefined : `its set-up failed: ${reasonIn(output)}`;
}
