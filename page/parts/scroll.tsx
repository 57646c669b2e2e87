import type { ComponentChildren } from 'preact';
import { say } from '../core/language.ts';

/** Around a table that may be wider than a phone: it scrolls, by keyboard too, and the page does not. */
export function Scroll({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls by keyboard (WCAG 2.1.1)
    <section class="scroll" tabIndex={0} aria-label={say('scroll.table', { title: label })}>
      {children}
    </section>
  );
}
