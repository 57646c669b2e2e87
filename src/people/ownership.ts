import type { Person } from '../client.ts';
import { isSameName } from '../pupil-name.ts';
import type { Owner } from '../projects/owner.ts';

// Who may look at a project, change it and stop it. Whoever knows its id may upload, train, convert and fetch it, as the
// IDE does from a new address every day: that is asked nowhere.

/** What is known of whose project it is. */
export interface Belonging {
  readonly owner: Owner;
  /** From where it was uploaded, trained or converted. They count while no name does. */
  readonly addresses: ReadonlySet<string>;
}

/** It is theirs, or it may be: several names are at the address that it came from. */
export function mayLook(person: Person, { owner, addresses }: Belonging): boolean {
  if (person.role !== 'pupil') return true;
  return owner.names.length === 0 ? addresses.has(person.address) : isNamed(person, owner);
}

/** While nobody has said whose it is, none of them deletes what may be another's; whoever has a name says first that it is theirs. */
export function mayChange(person: Person, belonging: Belonging): boolean {
  if (person.role !== 'pupil') return true;
  const known = belonging.owner.names.length;
  return mayLook(person, belonging) && (known === 1 || (known === 0 && person.name === undefined));
}

/** The IDE says no name, and may end what it began. */
export function mayStop(person: Person, belonging: Belonging): boolean {
  return mayChange(person, belonging) || (person.name === undefined && belonging.addresses.has(person.address));
}

function isNamed({ name }: Person, { names }: Owner): boolean {
  return name !== undefined && names.some((other) => isSameName(name, other));
}

/** More names than this at one address say nothing. */
const MAX_NAMES = 50;

/** After somebody said it. null: it belongs to no name. */
export function confirmedOwner(name: string | null): Owner {
  return { names: name === null ? [] : [name], confirmed: true };
}

/** After an upload or a training with a name: it is theirs, unless it may be another's. */
export function claimed(owner: Owner, name: string): Owner {
  const isFree = owner.names.every((other) => isSameName(name, other));
  return owner.confirmed || !isFree ? owner : confirmedOwner(name);
}

/**
 * What came from an address without a name, where these names are. One name alone may be one of a class, whose other
 * pupils have not said theirs: it has the project only if nothing else came from there that day.
 */
export function presumed(owner: Owner, names: readonly string[], isOnly: boolean): Owner {
  const guess = guessed(owner, names);
  return owner.names.length === 0 && guess.names.length === 1 && !isOnly ? owner : guess;
}

/** Also these names may be meant, since they are at the address that it came from. */
export function guessed(owner: Owner, names: readonly string[]): Owner {
  if (owner.confirmed) return owner;
  const all = [...owner.names];
  for (const name of names) if (all.length < MAX_NAMES && !all.some((other) => isSameName(name, other))) all.push(name);
  return { names: all, confirmed: false };
}
