// A reporter for `node --test` that says only what failed. `npm test` prints it once more at its very end, because who
// runs it often sees only the last lines.
import { inspect } from 'node:util';

/** @typedef {{ type: string, data: { name?: string, nesting?: number, file?: string, details?: { error?: Error } } }} TestEvent */

/**
 * A suite whose set-up or own code fails is a failure too, though Node does not count it as a failed test.
 *
 * @param {AsyncIterable<TestEvent>} events
 */
export default async function* failedTests(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue;
    const { error } = data.details ?? {};
    const cause = error?.cause ?? error;
    // What contains a failed test says no more than that it contains one.
    if (/** @type {{ failureType?: string } | undefined} */ (error)?.failureType === 'subtestsFailed') continue;
    yield `\n✖ ${data.name} (${data.file})\n${inspect(cause).split('\n').slice(0, 30).join('\n')}\n`;
  }
}
