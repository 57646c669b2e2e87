import type { ComponentChildren } from 'preact';

interface BarProps {
  readonly kind: 'computer' | 'board';
  /** From 0 to 1. */
  readonly part: number;
  /** A line across the bar, from 0 to 1. */
  readonly limit?: number;
  readonly children: ComponentChildren;
}

/** A part of a whole as a bar, with its figure in words behind it. */
export function Bar({ kind, part, limit, children }: BarProps) {
  return (
    <span class={`bar ${kind}`}>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="all" width="100" height="10" />
        <rect class="part" width={part * 100} height="10" />
        {limit !== undefined && <path class="limit" d={`M${limit * 100} 0V10`} />}
      </svg>
      <span class="percent">{children}</span>
    </span>
  );
}
