import type { Language } from '../messages/language.ts';
import type { CurvePoint } from '../models/result.ts';
import type { JobView } from '../jobs/job-service.ts';
import { cardOf, type Entry, jobIn, stateOf } from './entry.ts';
import type { Card, CardJob, ServerState } from './schemas.ts';
import { longestWaiting } from './stuck.ts';

// What is known of a class, in numbered versions: whoever knows a version can ask what has changed since.

/** One thing that has changed. */
export type Change =
  | { readonly kind: 'project'; readonly id: string }
  | { readonly kind: 'progress'; readonly id: string; readonly points: readonly CurvePoint[] }
  | { readonly kind: 'removed'; readonly id: string }
  | { readonly kind: 'server' };

export type NumberedChange = Change & { readonly version: number };

/** How many deletions are remembered for readers who come back; one who missed more gets the whole class again. */
const MAX_REMOVED = 1000;

export class ClassState {
  readonly #entries = new Map<string, Entry>();
  readonly #versions = new Map<string, number>();
  readonly #removed = new Map<string, number>();
  #server: ServerState | undefined;
  #serverVersion = 0;
  #version = 0;
  /** Versions before this one are not known in full any more. */
  #oldest = 0;
  #longest: string | undefined;

  get version(): number {
    return this.#version;
  }

  get server(): ServerState | undefined {
    return this.#server;
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  set(entry: Entry): NumberedChange {
    const { id } = entry.project.ref;
    this.#entries.set(id, entry);
    this.#removed.delete(id);
    return this.#numbered({ kind: 'project', id });
  }

  /** A new position, epoch or time left; the job and its state are the same. */
  advance(id: string, view: JobView | undefined, points: readonly CurvePoint[]): NumberedChange | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.set(id, { ...entry, view, curve: joined(entry.curve, points) });
    return this.#numbered({ kind: 'progress', id, points });
  }

  remove(id: string): NumberedChange | undefined {
    if (!this.#entries.delete(id)) return undefined;
    this.#versions.delete(id);
    for (const [oldest, version] of this.#removed) {
      if (this.#removed.size < MAX_REMOVED) break;
      this.#removed.delete(oldest);
      this.#oldest = version;
    }
    return this.#numbered({ kind: 'removed', id });
  }

  setServer(server: ServerState): NumberedChange | undefined {
    if (JSON.stringify(server) === JSON.stringify(this.#server)) return undefined;
    this.#server = server;
    return this.#numbered({ kind: 'server' });
  }

  /** The cards that change because another project now waits longest. */
  updateLongest(): NumberedChange[] {
    const waiting = this.entries.map((entry) => ({
      id: entry.project.ref.id,
      state: stateOf(entry),
      since: entry.view?.job.createdAt ?? 0,
    }));
    const before = this.#longest;
    this.#longest = longestWaiting(waiting);
    const changed = before === this.#longest ? [] : [before, this.#longest];
    return changed
      .filter((id) => id !== undefined && this.#entries.has(id))
      .map((id) => this.#numbered({ kind: 'project', id: id ?? '' }));
  }

  /** What has changed since a version; undefined where that is not known. */
  since(version: number): NumberedChange[] | undefined {
    if (version < this.#oldest || version > this.#version) return undefined;
    const changes: NumberedChange[] = [
      ...[...this.#removed].map(([id, at]) => ({ kind: 'removed' as const, id, version: at })),
      ...[...this.#versions].map(([id, at]) => ({ kind: 'project' as const, id, version: at })),
      { kind: 'server', version: this.#serverVersion },
    ];
    return changes.filter((change) => change.version > version).sort((a, b) => a.version - b.version);
  }

  card(id: string, language: Language): Card | undefined {
    const entry = this.#entries.get(id);
    return entry && cardOf(entry, id === this.#longest, language);
  }

  job(id: string, language: Language): CardJob | null {
    const view = this.#entries.get(id)?.view;
    return view === undefined ? null : jobIn(view, language);
  }

  /** Newest upload first. */
  cards(language: Language, isShown: (entry: Entry) => boolean = () => true): Card[] {
    const newest = this.entries.filter(isShown).sort((a, b) => b.project.uploadedAt - a.project.uploadedAt);
    return newest.map((entry) => cardOf(entry, entry.project.ref.id === this.#longest, language));
  }

  #numbered(change: Change): NumberedChange {
    this.#version += 1;
    if (change.kind === 'server') this.#serverVersion = this.#version;
    else if (change.kind === 'removed') this.#removed.set(change.id, this.#version);
    else this.#versions.set(change.id, this.#version);
    return { ...change, version: this.#version };
  }
}

/** A resumed training may send an epoch again: the newer point counts. */
function joined(curve: readonly CurvePoint[], points: readonly CurvePoint[]): readonly CurvePoint[] {
  if (points.length === 0) return curve;
  const again = new Set(points.map(({ epoch }) => epoch));
  return [...curve.filter(({ epoch }) => !again.has(epoch)), ...points].sort((a, b) => a.epoch - b.epoch);
}
