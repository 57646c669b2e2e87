// The geometry of a curve, apart from its drawing.

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Scale {
  readonly least: number;
  readonly most: number;
}

export const PERCENT: Scale = { least: 0, most: 100 };

/** `M x y L x y …` through the values, left to right by epoch; one value alone is a short line. Values that are no numbers are left out. */
export function curvePath(
  points: readonly { readonly epoch: number; readonly value: number | undefined }[],
  { width, height }: Box,
  { least, most }: Scale,
  lastEpoch: number,
): string {
  const shown = points.filter(({ value }) => Number.isFinite(value));
  const [first] = shown;
  if (first === undefined) return '';
  const x = (epoch: number) => (lastEpoch <= 1 ? width : ((epoch - 1) / (lastEpoch - 1)) * width);
  const y = (value = 0) => height - ((Math.min(most, Math.max(least, value)) - least) / (most - least)) * height;
  const steps = shown.map(({ epoch, value }) => `${round(x(epoch))} ${round(y(value))}`);
  if (steps.length === 1)
    return `M0 ${round(y(first.value))}L${round(Math.max(x(first.epoch), width / 20))} ${round(y(first.value))}`;
  return `M${steps.join('L')}`;
}

/** The highest value of a loss curve, as a round number that the axis can show. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * unit >= value) ?? 10;
  return Number((step * unit).toPrecision(1));
}

/** At most this many of a list, evenly chosen, with the first and the last. */
export function thinned<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, index) => items[Math.round((index * (items.length - 1)) / (most - 1))],
  ).filter((item) => item !== undefined);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
