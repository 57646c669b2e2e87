interface FigureProps {
  readonly name: string;
  readonly value: number | string;
  readonly isBad?: boolean;
}

/** One number of a summary, with its name. */
export function Figure({ name, value, isBad = false }: FigureProps) {
  return (
    <div class={isBad ? 'bad' : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
