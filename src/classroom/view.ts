import type { Person } from '../client.ts';
import type { Language } from '../messages/language.ts';
import { mayLook } from '../people/ownership.ts';
import type { Entry } from './entry.ts';
import type { ServerState } from './schemas.ts';

/** What one reader of a class is shown, and in which language. */
export interface View {
  readonly person: Person;
  readonly language: Language;
  /** Whatever its reader is sent, other readers with this text are sent as well. Undefined: nobody else is. */
  readonly sharedBy: string | undefined;
  shows(entry: Entry): boolean;
}

export function viewOf(person: Person, language: Language): View {
  return {
    person,
    language,
    sharedBy: person.role === 'pupil' ? undefined : language,
    shows: (entry) => mayLook(person, entry.belonging),
  };
}

/** Pupils see of IDEs their own alone: whether it is connected, not where the others sit. */
export function serverFor({ person }: View, server: ServerState): ServerState {
  if (person.role !== 'pupil') return server;
  const addresses = server.ide.addresses.filter((address) => address === person.address);
  return { ...server, ide: { streams: addresses.length, addresses } };
}
