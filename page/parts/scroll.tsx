import type { ComponentChildren } from 'preact';
import { say } from '../core/language.ts';

/** What is wider than a phone scrolls by itself, by keyboard too. */
export function Scroll({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls by keyboard (WCAG 2.1.1)
    <section class="scroll" tabIndex={0} aria-label={say('scroll.table', { title: label })}>
      {children}
    </section>
  );
}
