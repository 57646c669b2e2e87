import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before } from 'node:test';

// What the tests of a describe share is made here and not in its body: where a body fails, its tests are neither run
// nor counted.

type End = () => unknown;
const ends = new AsyncLocalStorage<End[]>();

/** Runs before the first test of the describe around it. What is started in it ends after the last one. */
export function setUp(make: () => Promise<void>): void {
  const started: End[] = [];
  before(() => ends.run(started, make));
  after(async () => {
    // a server before what it needs
    for (const end of started.reverse()) await end();
  });
}

/** Ends something after the tests that it was started for: those of the describe in a `setUp`, else those around it. */
export function whenOver(end: End): void {
  const started = ends.getStore();
  // An `after` that is called within a `before` runs at the end of that `before`.
  if (started === undefined) after(async () => void (await end()));
  else started.push(end);
}
