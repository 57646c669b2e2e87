import { parseArgs } from 'node:util';
import { JOB_TIMES } from '../../src/time-limits.ts';
import { type ClassOptions, type ClassResult, simulateClass } from './classroom.ts';

// `npm run simulate`: the queue and its rules on a virtual clock, as a table.

type Numbers = Omit<ClassOptions, 'slices' | 'pupils'>;

/** Measured (docs/queue.md § The simulation says where). */
const MACHINES: Readonly<Record<string, Numbers>> = {
  'two cores': {
    pressS: 2,
    slots: 1,
    answerS: 1.4,
    epochs: 30,
    epochS: 6,
    loadS: 1,
    resumeS: 1,
    endS: 3,
    besideLane: 2,
    spread: 4,
  },
  'one H200': {
    pressS: 2,
    slots: 1,
    answerS: 0.2,
    epochs: 30,
    epochS: 0.12,
    loadS: 0.3,
    resumeS: 0.5,
    endS: 0.3,
    besideLane: 1,
    spread: 4,
  },
};
const PUPILS = [40, 400, 4000];
const SLICES = { leastS: JOB_TIMES.leastSliceS, costs: 20 };
/** One after the other, as before there were turns. */
const NO_TURNS = { leastS: Number.POSITIVE_INFINITY, costs: 0 };
const HEAD = [
  'machine',
  'pupils',
  'first answer: median, last',
  'first turn begins: median, last',
  '… without turns',
  'trained: median, last',
  '… without turns',
  'throughput kept',
  "Jain's index, least fair minute: first round, later",
  'turns apart',
  'starved',
];

/** Options of the command line override the numbers of each machine: `--epoch-s 3 --pupils 40,80`. */
export function main(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pupils: { type: 'string' },
      machine: { type: 'string' },
      slots: { type: 'string' },
      'answer-s': { type: 'string' },
      epochs: { type: 'string' },
      'epoch-s': { type: 'string' },
      'load-s': { type: 'string' },
      'resume-s': { type: 'string' },
      'end-s': { type: 'string' },
      'press-s': { type: 'string' },
      'beside-lane': { type: 'string' },
      spread: { type: 'string' },
    },
  });
  const { pupils, machine, ...rest } = values;
  const given = Object.fromEntries(Object.entries(rest).map(([name, text]) => [camel(name), numberIn(name, text)]));
  const counts = pupils === undefined ? PUPILS : pupils.split(',').map((text) => numberIn('pupils', text));
  console.log(row(HEAD));
  console.log(row(HEAD.map(() => '---')));
  for (const [name, numbers] of Object.entries(MACHINES))
    if (machine === undefined || machine === name)
      for (const count of counts) console.log(row(cellsOf(name, { ...numbers, ...given, pupils: count })));
  return 0;
}

function cellsOf(machine: string, options: Omit<ClassOptions, 'slices'>): string[] {
  const turns = simulateClass({ ...options, slices: SLICES });
  const whole = simulateClass({ ...options, slices: NO_TURNS });
  const medianAndLast = (pick: (result: ClassResult) => readonly number[], result: ClassResult) =>
    `${duration(median(pick(result)))}, ${duration(Math.max(...pick(result)))}`;
  return [
    machine,
    String(options.pupils),
    medianAndLast(({ answersS }) => answersS, turns),
    medianAndLast(({ firstTurnsS }) => firstTurnsS, turns),
    medianAndLast(({ firstTurnsS }) => firstTurnsS, whole),
    medianAndLast(({ trainedS }) => trainedS, turns),
    medianAndLast(({ trainedS }) => trainedS, whole),
    `${((100 * whole.endS) / turns.endS).toFixed(1)} %`,
    `${turns.firstRound.perTurn.toFixed(3)}, ${turns.later.perTurn.toFixed(3)}`,
    String(Math.max(turns.firstRound.turnsApart, turns.later.turnsApart)),
    String(turns.starved),
  ];
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function numberIn(name: string, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !Number.isFinite(value) || value <= 0)
    throw new Error(`--${name} is "${text ?? ''}": give a number above 0`);
  return value;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 6000 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
