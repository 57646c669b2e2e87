import { isSameName } from '../../src/pupil-name.ts';
import type { Card, You } from './types.ts';

// Whose a project is. A pure function, so that every case is a test.

export type Ask =
  | { readonly kind: 'nothing' }
  /** Several names may be meant. The own one, if it is among them, comes first. */
  | { readonly kind: 'whose'; readonly names: readonly string[] }
  /** It has no name, and came from this address. */
  | { readonly kind: 'mine'; readonly name: string };

/** What a card asks of whoever looks at it. */
export function askOf({ names, address }: Pick<Card, 'names' | 'address'>, person: You | undefined): Ask {
  const own = person?.name ?? undefined;
  if (names.length > 1) {
    const isOwn = (name: string) => own !== undefined && isSameName(name, own);
    return { kind: 'whose', names: [...names.filter(isOwn), ...names.filter((name) => !isOwn(name))] };
  }
  const isHere = names.length === 0 && address === person?.address;
  return own !== undefined && isHere && person?.role !== 'teacher' ? { kind: 'mine', name: own } : { kind: 'nothing' };
}
