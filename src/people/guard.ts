import type { Person } from '../client.ts';
import { notYours, whoseIsIt } from '../errors.ts';
import { type Project, type ProjectRef, refOf } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { type Belonging, mayChange, mayLook, mayStop } from './ownership.ts';

/** Lets people to the projects that are theirs. Each rejects with project_not_found, not_yours or whose_is_it. */
export interface Guard {
  look(person: Person, projectId: string): Promise<Project>;
  change(person: Person, projectId: string): Promise<Project>;
  stop(person: Person, projectId: string): Promise<Project>;
  /** Those of these that somebody may look at, in the same order. */
  seen<Item extends { readonly ref: ProjectRef }>(person: Person, items: readonly Item[]): Promise<Item[]>;
}

export interface GuardSources {
  readonly store: Pick<ProjectStore, 'read' | 'owner'>;
  audienceOf(ref: ProjectRef): ReadonlySet<string>;
}

export function createGuard(sources: GuardSources): Guard {
  const check = (may: (person: Person, belonging: Belonging) => boolean) => async (person: Person, id: string) => {
    const project = await sources.store.read(refOf(person, id));
    if (person.role !== 'pupil') return project;
    const belonging = await belongingOf(sources, project);
    if (may(person, belonging)) return project;
    throw mayLook(person, belonging) ? whoseIsIt(id) : notYours(id);
  };

  return {
    look: check(mayLook),
    change: check(mayChange),
    stop: check(mayStop),
    async seen(person, items) {
      if (person.role !== 'pupil') return [...items];
      const known = new Map<string, Promise<boolean>>();
      const isSeen = ({ ref }: { readonly ref: ProjectRef }) => {
        const seen =
          known.get(ref.id) ??
          check(mayLook)(person, ref.id).then(
            () => true,
            () => false,
          );
        known.set(ref.id, seen);
        return seen;
      };
      const seen = await Promise.all(items.map(isSeen));
      return items.filter((_, index) => seen[index]);
    },
  };
}

/** From where it was uploaded, and who asked for its jobs or joined them. */
export async function belongingOf(
  { store, audienceOf }: Pick<GuardSources, 'audienceOf'> & { readonly store: Pick<ProjectStore, 'owner'> },
  { ref, uploadedBy }: Pick<Project, 'ref' | 'uploadedBy'>,
): Promise<Belonging> {
  return { owner: await store.owner(ref), addresses: new Set([uploadedBy, ...audienceOf(ref)]) };
}
