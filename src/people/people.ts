import type { Person } from '../client.ts';
import type { Owner } from '../projects/owner.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { PEOPLE_TIMES } from '../time-limits.ts';
import { createNamesHere, type NamesHere } from './names-here.ts';
import { claimed, presumed } from './ownership.ts';

// Records whose a project becomes by an upload or a training. A teacher's key helps pupils: nothing becomes a teacher's.

export interface PeopleSources {
  readonly store: Pick<ProjectStore, 'read' | 'list' | 'changeOwner'>;
  /** Another name stands on a project now. */
  onChange(ref: ProjectRef): void;
  /** What is theirs could not be written down. The request goes on. */
  report(error: unknown): void;
  readonly rememberedMs?: number;
  /** Left out: those that this process has seen. */
  readonly namesHere?: NamesHere | undefined;
}

export interface People {
  /** Somebody asks something. What came from their address without a name before is perhaps theirs. */
  meet(person: Person): Promise<void>;
  uploaded(person: Person, ref: ProjectRef): Promise<void>;
  trained(person: Person, ref: ProjectRef): Promise<void>;
  /** Somebody says whose it is. Rejects with project_not_found if it was deleted meanwhile. */
  confirm(ref: ProjectRef, owner: Owner): Promise<void>;
}

export function createPeople({ store, onChange, report, rememberedMs, namesHere }: PeopleSources): People {
  const remembered = rememberedMs ?? PEOPLE_TIMES.rememberedMs;
  const here = namesHere ?? createNamesHere(remembered);

  const change = async (ref: ProjectRef, make: (before: Owner) => Owner) => {
    if (await store.changeOwner(ref, make)) onChange(ref);
  };
  const quietly = (task: Promise<unknown>) => task.then(() => undefined, report);

  /** The projects that came from their address that day. */
  const cameFrom = async ({ workspace, address }: Person) => {
    const since = (Date.now() - remembered) / 1000;
    const projects = await store.list(workspace);
    return projects.filter(({ uploadedBy, uploadedAt }) => uploadedBy === address && uploadedAt > since);
  };

  const take = async (person: Person) => {
    const [own, names] = await Promise.all([cameFrom(person), here.at(person)]);
    // one that cannot be written must not keep the others from their pupil
    for (const { ref } of own) await quietly(change(ref, (owner) => presumed(owner, names, own.length === 1)));
  };

  const takeOne = async (person: Person, ref: ProjectRef) => {
    const names = await here.at(person);
    if (names.length === 0) return;
    const isOnly = (await cameFrom(person)).every(({ ref: { id } }) => id === ref.id);
    await change(ref, (owner) => presumed(owner, names, isOnly));
  };

  return {
    async meet(person) {
      if (person.name === undefined || person.role === 'teacher') return;
      if (await here.note(person, person.name)) await quietly(take(person));
    },
    async uploaded(person, ref) {
      const { name, role } = person;
      const isOwn = name !== undefined && role !== 'teacher';
      await quietly(isOwn ? change(ref, (owner) => claimed(owner, name)) : takeOne(person, ref));
    },
    async trained({ name, role }, ref) {
      if (name === undefined || role === 'teacher') return;
      await quietly(change(ref, (owner) => claimed(owner, name)));
    },
    async confirm(ref, owner) {
      await change(ref, () => owner);
      await store.read(ref);
    },
  };
}
