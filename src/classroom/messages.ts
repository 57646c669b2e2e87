import { encodeMessage } from '../events/stream/sse.ts';
import type { Language } from '../messages/language.ts';
import type { ClassState, NumberedChange } from './class-state.ts';
import type { ClassAnswer, ServerState } from './schemas.ts';

// The messages of /class/events. Each carries the version that its reader knows afterwards.

const NO_SERVER: ServerState = {
  device: '',
  backend: '',
  slots: 0,
  free_slots: 0,
  waiting: 0,
  disk_free: null,
  disk_full: false,
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

export function classAnswer(state: ClassState, start: string, language: Language): ClassAnswer {
  return {
    version: versionText(start, state.version),
    server: state.server ?? NO_SERVER,
    projects: state.cards(language),
  };
}

/** Everything, for a reader who knows nothing. */
export function encodeClass(state: ClassState, start: string, language: Language): string {
  const answer = classAnswer(state, start, language);
  return encodeMessage(JSON.stringify({ event: 'class', time: now(), ...answer }), answer.version);
}

/** What has changed, as the state is now. */
export function encodeChanges(
  state: ClassState,
  start: string,
  changes: readonly NumberedChange[],
  language: Language,
): string {
  const time = now();
  return changes
    .map((change) => {
      const fields = fieldsOf(state, change, language);
      return encodeMessage(JSON.stringify({ ...fields, time }), versionText(start, change.version));
    })
    .join('');
}

function fieldsOf(state: ClassState, change: NumberedChange, language: Language): object {
  if (change.kind === 'server') return { event: 'server', server: state.server ?? NO_SERVER };
  const { id } = change;
  // If the project was deleted since, only that is sent.
  if (state.get(id) === undefined) return { event: 'removed', project_id: id };
  if (change.kind !== 'progress') return { event: 'project', project: state.card(id, language) };
  return { event: 'progress', project_id: id, job: state.job(id, language), points: change.points };
}

function now(): number {
  return Date.now() / 1000;
}
