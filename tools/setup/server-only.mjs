// What a host needs that serves and runs no tests: the container image is built with it.
import { setUp } from './set-up.mjs';

await setUp({ servingOnly: true });
