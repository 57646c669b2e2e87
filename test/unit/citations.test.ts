import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TEXTS = /\.(ts|tsx|mjs|py|md|jsonl?|yml|yaml|conf|service)$|(^|\/)(Dockerfile|run)$/;
const CITATION = /\b(docs\/(?:[\w-]+\/)*[\w-]+\.md|README\.md|CONTRIBUTING\.md)((?:[,;]? ?§ ?[^\n§]+)*)/g;
/** A document's own section, cited in brackets: `(§ Voice on kidbright-mai)`. */
const OWN_SECTION = /\(§ ([^)\n]+)\)/g;
const RECORDS = /tools\/bench\/records\/[\w-]+\.jsonl/g;
/** A file or folder that a document names in code marks: `src/stop.ts`, or a test without its ending: `unit/queue`. */
const PATHS = /`((?:src|python|tools|test|contract|docs|unit|api|child|e2e|soak|page)\/[\w./-]+)`/g;
/** A test that keeps a promise, and the titles of what keeps it: `unit/queue` › *lets clients take turns*, *another*. */
const TESTS =
  /`((?:api|unit|child|e2e|soak|page|contract|conformance|python)\/[\w-]+)`((?: › \*[^*]+\*(?:, \*[^*]+\*)*)?)/g;
const ENDINGS = ['', '.ts', '.py', '.test.ts', '.soak.ts', '.page.ts'];

const texts = ['src', 'page', 'python', 'test', 'tools', 'docs', 'contract', 'deploy', '.ci', '.github']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .concat('README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'Dockerfile', 'docker-compose.yml')
  .filter(
    (name) =>
      TEXTS.test(name) &&
      !name.includes('__pycache__') &&
      name !== join('test', 'unit', 'citations.test.ts') &&
      statSync(join(root, name)).isFile(),
  )
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));

/** The titles of a document, without their numbers' dot: `1.1 Text .param`, `Rules of the queue`. */
const titlesOf = (document: string): string[] => {
  const found = texts.find(({ name }) => name === document);
  return [...(found?.text.matchAll(/^#+ (.+)$/gm) ?? [])].map(([, title = '']) =>
    title.replace(/^(\d+)\. /, '$1 ').replaceAll('`', ''),
  );
};

/** A section is cited by its number or by the beginning of its title, which the sentence goes on after. */
const isThere = (section: string, titles: readonly string[]): boolean => {
  const number = /^\d+(?:\.\d+)?/.exec(section)?.[0];
  if (number !== undefined) return titles.some((title) => title.startsWith(`${number} `));
  const beginning = section.replace(/[).:,;`*|"'].*$/, '').trim();
  return beginning !== '' && titles.some((title) => section.startsWith(title) || title.startsWith(beginning));
};

describe('what the sources cite', () => {
  it('is a document of this repository, and a section that it has', () => {
    const missing = texts.flatMap(({ name, text }) =>
      [...text.matchAll(CITATION)].flatMap(([, document = '', sections = '']) => {
        const titles = titlesOf(join(...document.split('/')));
        if (titles.length === 0) return [`${name}: ${document}`];
        return sections
          .split('§')
          .slice(1)
          .map((section) => section.trim())
          .filter((section) => !isThere(section, titles))
          .map((section) => `${name}: ${document} § ${section.slice(0, 40)}`);
      }),
    );
    assert.deepEqual(missing, []);
  });

  it('is a section of its own document, where no other is named', () => {
    const missing = texts
      .filter(({ name }) => name.endsWith('.md'))
      .flatMap(({ name, text }) =>
        [...text.matchAll(OWN_SECTION)]
          .map(([, section = '']) => section)
          .filter((section) => !isThere(section, titlesOf(name)))
          .map((section) => `${name}: § ${section}`),
      );
    assert.deepEqual(missing, []);
  });

  it('is a file of records that is there', () => {
    const missing = texts.flatMap(({ name, text }) =>
      [...text.matchAll(RECORDS)]
        .map(([file]) => file)
        .filter((file) => !existsSync(join(root, file)))
        .map((file) => `${name}: ${file}`),
    );
    assert.deepEqual(missing, []);
  });

  it('is a file of the sources that is there, in documents of what is (CHANGELOG.md says what was)', () => {
    const missing = texts
      .filter(({ name }) => name.endsWith('.md') && name !== 'CHANGELOG.md')
      .flatMap(({ name, text }) =>
        [...text.matchAll(PATHS)]
          .map(([, path = '']) => path)
          .filter(
            (path) => !['', 'test'].some((base) => ENDINGS.some((end) => existsSync(join(root, base, path + end)))),
          )
          .map((path) => `${name}: ${path}`),
      );
    assert.deepEqual(missing, []);
  });

  it('is a test that is there, with the title that docs/reliability.md gives', () => {
    const promises = texts.find(({ name }) => name === join('docs', 'reliability.md'))?.text ?? '';
    const cited = [...promises.matchAll(TESTS)].flatMap(([, path = '', titles = '']) =>
      [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => ({ path, title })),
    );
    assert.ok(cited.length > 100);
    const missing = cited.filter(({ path, title }) => {
      const test = texts.filter(({ name }) => ENDINGS.some((end) => name === join('test', path + end)));
      // what differs from case to case is left out: `is gone … at once`
      return !title.split('…').every((part) => test.some(({ text }) => text.includes(part.trim())));
    });
    assert.deepEqual(missing, []);
  });

  it('is nothing outside of it: only tests look for data beside the repository, and say so where there is none', () => {
    const outside = texts.filter(
      ({ name, text }) =>
        !name.startsWith('test') &&
        /\bshared\/(?!s)(?:spnn|contract|cases|design|projects)|\b(?:FORMAT|PNNX|IDE|PLUS)\.md\b/.test(text),
    );
    assert.deepEqual(
      outside.map(({ name }) => name),
      [],
    );
  });
});
