import { invalidRequest } from '../errors.ts';
import type { App } from './app-type.ts';
import { CONFIG_LIMITS, createJsonCounter, inWords } from './json-limits.ts';

/** Bodies are counted before they are parsed, checked and written again: a megabyte of brackets costs all three. */
export function registerJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const tooMuch = createJsonCounter(CONFIG_LIMITS)(body);
    if (tooMuch === undefined) void parse(request, body.toString('utf8'), done);
    else done(invalidRequest(inWords(tooMuch, CONFIG_LIMITS), 413));
  });
}
