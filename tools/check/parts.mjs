import { join, relative } from 'node:path';

const PYTHON_FOLDERS = ['python', join('test', 'python'), 'tools'];
const PYTHON_SETTINGS = join('python', 'pyproject.toml');
const BIOME = [process.execPath, join('node_modules', '@biomejs', 'biome', 'bin', 'biome')];
const RUFF_FORMAT = ['-m', 'ruff', 'format', '--no-cache', '--config', PYTHON_SETTINGS, ...PYTHON_FOLDERS];
const FORMAT = 'npm run format';
const SIZES = 'CONTRIBUTING.md § Where things go says what is too long';
const ARROWS = 'docs/architecture.md § Folders says what may import what';

/**
 * The parts of `npm run check`, the slowest first.
 *
 * @param {string} root
 * @param {string} python the environment's interpreter
 * @param {string} pythonVersion
 * @returns {import('./run-parts.mjs').Part[]}
 */
export function checkParts(root, python, pythonVersion) {
  const ruff = ['-m', 'ruff', 'check', '--no-cache', '--config', PYTHON_SETTINGS, ...PYTHON_FOLDERS];
  const pytest = ['-m', 'pytest', '-c', PYTHON_SETTINGS, '--rootdir', '.'];
  return [
    {
      name: 'python-types',
      command: [python, '-m', 'mypy', '--config-file', PYTHON_SETTINGS],
      mend: 'edit, then npm run check -- python-types',
      ...(pythonVersion.startsWith('3.10.') && { skip: 'the last numpy for Python 3.10 has coarser types' }),
    },
    {
      name: 'types',
      command: [process.execPath, join('node_modules', 'typescript', 'bin', 'tsc'), '--noEmit'],
      mend: 'edit, then npm run check -- types',
    },
    {
      name: 'page-types',
      command: [process.execPath, join('node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '-p', 'page'],
      mend: 'edit, then npm run check -- page-types',
    },
    {
      name: 'imports',
      command: [
        process.execPath,
        '--import',
        'tsx',
        '--test',
        ...['import', 'page'].map((name) => join('test', 'unit', `${name}-arrows.test.ts`)),
      ],
      mend: ARROWS,
    },
    {
      name: 'python-imports',
      command: [
        python,
        ...pytest,
        ...['import', 'spnn'].map((name) => join('test', 'python', `test_${name}_arrows.py`)),
      ],
      mend: ARROWS,
    },
    {
      name: 'sizes',
      command: [process.execPath, '--import', 'tsx', '--test', join('test', 'unit', 'sizes.test.ts')],
      mend: SIZES,
    },
    { name: 'python-sizes', command: [python, ...pytest, join('test', 'python', 'test_sizes.py')], mend: SIZES },
    { name: 'layout', command: [...BIOME, 'format'], mend: FORMAT },
    { name: 'python-layout', command: [python, ...RUFF_FORMAT, '--check'], mend: FORMAT },
    { name: 'lint', command: [...BIOME, 'lint', '--error-on-warnings'], mend: 'npx biome lint --write' },
    {
      name: 'python-lint',
      command: [python, ...ruff],
      mend: [relative(root, python), ...ruff, '--fix'].join(' '),
    },
  ];
}

/** What `npm run format` runs. @param {string} python */
export function formatCommands(python) {
  return [
    [...BIOME, 'format', '--write'],
    [python, ...RUFF_FORMAT],
  ];
}
