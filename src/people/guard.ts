import type { Person } from '../client.ts';
import { AppError, notYours, whoseIsIt } from '../errors.ts';
import { type Project, type ProjectRef, refKey, refOf } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { type Belonging, mayChange, mayLook, mayStop } from './ownership.ts';

/** Lets people to the projects that are theirs. Each rejects with project_not_found, not_yours or whose_is_it. */
export interface Guard {
  look(person: Person, projectId: string): Promise<Project>;
  change(person: Person, projectId: string): Promise<Project>;
  stop(person: Person, projectId: string): Promise<Project>;
  /** Those of these that somebody may look at, in the same order. */
  seen<Item extends { readonly ref: ProjectRef }>(person: Person, items: readonly Item[]): Promise<Item[]>;
  /** For a stream that somebody may open: aborted once the project is no longer theirs to look at. `gone`: they have left. */
  whileSeen(person: Person, projectId: string, gone: AbortSignal): AbortSignal;
  /** Whose it is may have changed: streams of those who may not look at it any more end. */
  recheck(ref: ProjectRef): Promise<void>;
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

  const looks = createOpenLooks();
  const endIfLost = ({ person, end }: OpenLook, id: string) =>
    check(mayLook)(person, id).catch(unlessMissing).catch(end);

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
    whileSeen(person, projectId, gone) {
      const lost = new AbortController();
      if (person.role !== 'pupil' || gone.aborted) return lost.signal;
      const look = { person, end: () => lost.abort() };
      gone.addEventListener('abort', looks.add(refOf(person, projectId), look), { once: true });
      // it may have become another's since the stream was asked for
      void endIfLost(look, projectId);
      return lost.signal;
    },
    async recheck(ref) {
      for (const look of looks.of(ref)) await endIfLost(look, ref.id);
    },
  };
}

/** What is not there is nobody's. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'project_not_found')) throw error;
}

interface OpenLook {
  readonly person: Person;
  readonly end: () => void;
}

/** The streams through which pupils look at single projects. */
function createOpenLooks() {
  const all = new Map<string, Set<OpenLook>>();
  return {
    of: (ref: ProjectRef): readonly OpenLook[] => [...(all.get(refKey(ref)) ?? [])],
    /** Returns what takes it out again. */
    add(ref: ProjectRef, look: OpenLook): () => void {
      const here = all.get(refKey(ref)) ?? new Set();
      all.set(refKey(ref), here.add(look));
      return () => {
        here.delete(look);
        if (here.size === 0 && all.get(refKey(ref)) === here) all.delete(refKey(ref));
      };
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
