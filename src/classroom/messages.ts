import { encodeMessage } from '../events/stream/sse.ts';
import type { ClassState, NumberedChange } from './class-state.ts';
import type { ClassAnswer, ServerState } from './schemas.ts';
import { serverFor, type View } from './view.ts';

// The messages of /class/events. Each carries the version that its reader knows afterwards.

const NO_SERVER: ServerState = {
  device: '',
  backend: '',
  slots: 0,
  free_slots: 0,
  waiting: 0,
  disk_free: null,
  disk_full: false,
  quota: null,
  ide: { streams: 0, addresses: [] },
};

/** `<start of the server>-<version>`: a version of an earlier start says nothing about this one. */
export function versionText(start: string, version: number): string {
  return `${start}-${version}`;
}

/** The version in an id of this start; undefined: it is none. */
export function versionIn(start: string, id: string | undefined): number | undefined {
  const [, of, version] = /^([0-9a-z]{1,20})-(\d{1,15})$/.exec(id ?? '') ?? [];
  return of === start ? Number(version) : undefined;
}

export function classAnswer(state: ClassState, start: string, view: View): ClassAnswer {
  const { role, name = null, address } = view.person;
  return {
    version: versionText(start, state.version),
    you: { role, name, address },
    server: serverFor(view, state.server ?? NO_SERVER),
    projects: state.cards(view.language, view.shows),
  };
}

/** Everything, for a reader who knows nothing. */
export function encodeClass(answer: ClassAnswer): string {
  return encodeMessage(JSON.stringify({ event: 'class', time: now(), ...answer }), answer.version);
}

/**
 * What has changed, as the state is now. `known` holds the projects that its reader was sent, where it is not sent all of
 * them; it is brought up to date.
 */
export function encodeChanges(
  state: ClassState,
  start: string,
  changes: readonly NumberedChange[],
  view: View,
  known?: Set<string>,
): string {
  const time = now();
  return changes
    .map((change) => {
      const fields = fieldsOf(state, change, view, known);
      return fields && encodeMessage(JSON.stringify({ ...fields, time }), versionText(start, change.version));
    })
    .filter((message) => message !== undefined)
    .join('');
}

/** Undefined: it is nothing that this reader may know. */
function fieldsOf(state: ClassState, change: NumberedChange, view: View, known?: Set<string>): object | undefined {
  if (change.kind === 'server') return { event: 'server', server: serverFor(view, state.server ?? NO_SERVER) };
  const { id } = change;
  const entry = state.get(id);
  const wasKnown = known?.has(id) ?? true;
  // If the project was deleted since, or became another's, only that is sent.
  if (entry === undefined || !view.shows(entry)) {
    known?.delete(id);
    return wasKnown ? { event: 'removed', project_id: id } : undefined;
  }
  known?.add(id);
  if (change.kind !== 'progress' || !wasKnown) return { event: 'project', project: state.card(id, view.language) };
  return { event: 'progress', project_id: id, job: state.job(id, view.language), points: change.points };
}

function now(): number {
  return Date.now() / 1000;
}
