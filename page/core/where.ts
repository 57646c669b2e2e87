import { signal } from '@preact/signals';
import { parseRoute, type Route } from './route.ts';

/** The screen that is shown; it follows the address. */
export const route = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});
