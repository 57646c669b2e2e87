import { pageBundle } from '../../tools/setup/page-bundle.mjs';
import { ROOT } from '../../tools/setup/set-up.mjs';

/** The page as `npm start` makes it; the first test that asks makes it. */
export function pageFolder(): Promise<string> {
  return pageBundle(ROOT);
}
