import { readFile } from 'node:fs/promises';

/** What the table takes of a line that `npm run bench` printed or recorded. */
interface Line {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly gpu: string | null };
  readonly command: string;
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly repeats: number;
  readonly data: string;
  readonly goal?: string;
  readonly met?: boolean;
  readonly against?: { readonly what: string; readonly median: number };
  readonly ratio?: number;
  readonly p99?: number;
  readonly mean?: number;
  readonly standard_error?: number;
}

/** Rows of docs/performance.md for a file of lines: the newest line of each name. Notes have no value and no row. */
export async function markdownTable(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  const measured = lines.map((line) => JSON.parse(line) as Line).filter((line) => line.median !== undefined);
  const newest = new Map(measured.map((line) => [line.name, line]));
  const rows = [...newest.values()].map(
    (line) =>
      `| ${[`${line.name}: ${line.data}`, goal(line), value(line), machine(line), `\`${line.command}\``, line.date].join(' | ')} |`,
  );
  return ['| figure | goal | value | machine | command | date |', '|---|---|---|---|---|---|', ...rows].join('\n');
}

function value({ unit, median, min, max, repeats, p99, goal, mean, standard_error, against, ratio }: Line): string {
  const compared = against ? `; ratio ${String(ratio)} to ${against.median} ${unit}, ${against.what}` : '';
  if (goal?.startsWith('mean '))
    return `${mean} ± ${standard_error ?? 0} ${unit} (${min}–${max}, ${repeats})${compared}`;
  const spread = repeats > 1 ? ` (${min}–${max}, ${repeats})` : '';
  return `${median} ${unit}${spread}${p99 === undefined ? '' : `, p99 ${p99}`}${compared}`;
}

function goal({ goal: wanted, met }: Line): string {
  return wanted ? `${wanted.replace('<=', '≤').replace('>=', '≥')}${met ? '' : ': **missed**'}` : '–';
}

function machine({ machine: { cpu, cores, gpu } }: Line): string {
  return `${cpu}, ${cores} cores${gpu === null ? '' : `, ${gpu}`}`;
}
