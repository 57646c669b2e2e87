import { signal } from '@preact/signals';

/** What has just happened, for everybody: shown for a while, and read out by screen readers. */
export interface Announcement {
  readonly text: string;
  readonly isBad: boolean;
  readonly number: number;
}

const SHOWN_MS = 8_000;
let number = 0;
export const announcement = signal<Announcement | undefined>(undefined);

export function announce(text: string, isBad = false): void {
  number += 1;
  const shown = { text, isBad, number };
  announcement.value = shown;
  setTimeout(() => {
    if (announcement.peek() === shown) announcement.value = undefined;
  }, SHOWN_MS);
}
