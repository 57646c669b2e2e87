// When a project that nobody uses is deleted. The rule alone: dates in seconds since the epoch, by a clock that may be wrong.

/** What is remembered of a project's use (use.json). */
export interface Use {
  /** When it was used last, beside its upload; 0: that is not known. */
  readonly at: number;
  /** On how many days the server ran and found that the project goes soon. */
  readonly seenDays: number;
  /** The newest of these days, counted from the epoch. */
  readonly seenOn: number;
}

export const UNUSED: Use = { at: 0, seenDays: 0, seenOn: 0 };

export interface Deletion {
  readonly at: number;
  /** It is near enough to warn of it. */
  readonly soon: boolean;
}

export const WARNING_DAYS = 7;
/** The day on which it is said first, and seven more. */
const SEEN_DAYS = WARNING_DAYS + 1;
const DAY_S = 86_400;
/** A clock before this is one that was never set, such as that of a board without a battery, which starts in 1970. */
const PLAUSIBLE_S = Date.UTC(2025, 0, 1) / 1000;

export function isPlausible(now: number): boolean {
  return now >= PLAUSIBLE_S;
}

/**
 * When a project is deleted if nobody uses it. Never before the server ran on a day that it goes soon, and on seven days
 * after it: a clock that jumps forward by years makes one such day, and so does a holiday with the server switched off.
 */
export function deletionOf(use: Use, uploadedAt: number, now: number, keepDays: number): Deletion {
  const expires = expiryOf(use, uploadedAt, keepDays);
  if (expires > now + WARNING_DAYS * DAY_S) return { at: expires, soon: false };
  const daysLeft = Math.max(0, SEEN_DAYS - Math.max(1, use.seenDays));
  return { at: Math.max(expires, (Math.floor(now / DAY_S) + daysLeft) * DAY_S), soon: true };
}

export type Aged = { readonly use: Use; readonly isDue: boolean };

/** A look at a project that is not used at the moment: counts the day, if it goes soon. */
export function age(use: Use, uploadedAt: number, now: number, keepDays: number): Aged {
  if (!isPlausible(now)) return { use, isDue: false };
  // what a clock that was never set wrote down says nothing: it counts from today
  const known = lastUseOf(use, uploadedAt) >= PLAUSIBLE_S ? use : { ...UNUSED, at: now };
  if (!deletionOf(known, uploadedAt, now, keepDays).soon)
    return { use: { ...known, seenDays: 0, seenOn: 0 }, isDue: false };
  const today = Math.floor(now / DAY_S);
  const seen = seenToday(known, today);
  return { use: seen, isDue: seen.seenDays >= SEEN_DAYS && expiryOf(seen, uploadedAt, keepDays) <= now };
}

/** A day counts once. One that lies ahead was counted by a clock that was wrong: counting begins anew. */
function seenToday(use: Use, today: number): Use {
  if (use.seenOn > today + 1) return { ...use, seenDays: 1, seenOn: today };
  return today > use.seenOn ? { ...use, seenDays: use.seenDays + 1, seenOn: today } : use;
}

export function used(now: number): Use {
  return { at: now, seenDays: 0, seenOn: 0 };
}

function lastUseOf(use: Use, uploadedAt: number): number {
  return Math.max(use.at, uploadedAt);
}

/** What a clock that was ahead wrote down keeps a project longer, never shorter. */
function expiryOf(use: Use, uploadedAt: number, keepDays: number): number {
  return lastUseOf(use, uploadedAt) + keepDays * DAY_S;
}
