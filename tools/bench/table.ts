import { readFile } from 'node:fs/promises';

interface Line {
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

/** The lines of a run as the table of docs/performance.md; of a name that was measured again, the newest. */
export async function markdownTable(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  const newest = new Map(lines.map((line) => JSON.parse(line) as Line).map((line) => [line.name, line]));
  const rows = [...newest.values()].map(
    (line) => `| ${[line.name, figure(line), compared(line), goal(line), line.data].join(' | ')} |`,
  );
  return [
    '| measurement | median (min to max, repeats) | compared | goal | data |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function figure({ unit, median, min, max, repeats, p99, goal, mean, standard_error }: Line): string {
  if (goal?.startsWith('mean ')) return `mean ${mean} ± ${standard_error ?? 0} ${unit} (${min} to ${max}, ${repeats})`;
  const spread = repeats > 1 ? ` (${min} to ${max}, ${repeats})` : '';
  return `${median} ${unit}${spread}${p99 === undefined ? '' : `, p99 ${p99}`}`;
}

function compared({ against, ratio, unit }: Line): string {
  return against ? `${against.median} ${unit}, ratio **${String(ratio)}**: ${against.what}` : '';
}

function goal({ goal: wanted, met }: Line): string {
  return wanted ? `${wanted.replace('<=', '≤').replace('>=', '≥')}: ${met ? 'met' : '**missed**'}` : '';
}
