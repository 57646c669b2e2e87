import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as errors from '../../src/errors.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { render } from '../../src/messages/render.ts';
import { paramsOf } from '../../src/messages/template.ts';

const { AppError } = errors;

/** Every error that a factory of src/errors.ts makes; a dozen strings fit any of them. */
function allErrors(): InstanceType<typeof AppError>[] {
  const made = Object.entries(errors)
    .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name) && name !== 'inferenceRefused')
    .map(([, factory]) => (factory as (...values: string[]) => unknown)(...Array<string>(12).fill('7')));
  return made.filter((error) => error instanceof AppError);
}

it('what is refused of a zip says what to do about it', () => {
  const catalogue = loadCatalogue();
  const ofZips = allErrors().filter(({ code }) => code.startsWith('zip_'));
  assert.ok(ofZips.length > 8);
  for (const { code, message, params } of ofZips) {
    const inEnglish = render({ event: 'error', code, ...params }, 'en', catalogue);
    for (const sentence of [message, inEnglish]) assert.match(sentence, /: (make|rename|save|take) /, code);
  }
});

it('every refusal has a sentence in English and Thai', () => {
  const catalogue = loadCatalogue();
  assert.ok(allErrors().length > 30);
  for (const { code, params, message } of allErrors()) {
    assert.notEqual(message, code);
    assert.doesNotMatch(message, /[{}]|undefined/, code);
    for (const language of ['en', 'th'] as const) {
      const parts = catalogue.find(code, language);
      assert.ok(parts, `${code} has no sentence`);
      for (const { param, optional } of paramsOf(parts))
        assert.ok(optional || param in params, `${code} (${language}) needs {${param}}`);
    }
  }
});

it('what decides over a part of a refusal is given', () => {
  const { entries } = loadCatalogue();
  for (const { code, params } of allErrors()) {
    for (const [, param = ''] of (entries.get(code)?.en ?? '').matchAll(/\{(\w+):if\}/g))
      assert.ok(param in params, `${code}: ${param}`);
  }
});

it('a name that the server does not know is asked to use the address in numbers', () => {
  assert.match(errors.originNotAllowed('MAI_HOSTS', 'mai.school.th').message, /address in numbers/);
  assert.doesNotMatch(errors.originNotAllowed('MAI_ORIGINS', 'https://a.b').message, /address in numbers/);
});
