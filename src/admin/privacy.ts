import type { Language } from '../messages/language.ts';
import { sentenceOf } from '../messages/sentence.ts';

// What a pupil, parent or teacher may want to know of what is kept: made from the settings, so that it is true of this server.

/** What the sentences depend on. */
export interface PrivacyFacts {
  /** Other computers reach the server. */
  readonly isReachedByOthers: boolean;
  /** Its own, or perhaps that of a proxy before it. */
  readonly hasHttps: boolean;
  /** `roles`: teachers and pupils have keys of their own. */
  readonly access: 'open' | 'key' | 'roles';
  readonly keepDays: number | undefined;
  readonly keptModels: number;
  readonly keptJobs: number;
  readonly namesForgottenMs: number;
  /** Several web servers know together which name was seen where, so a restart of one forgets nothing. */
  readonly namesOutliveRestart: boolean;
  readonly hasFigures: boolean;
  /** Other computers may use the projects folder, too. */
  readonly sharesFolder: boolean;
  /** Other computers get copies of photos for trainings, and keep them for so long after they used them; undefined: none do. */
  readonly copiesKeptMs: number | undefined;
  /** An object store through which they get them, and how long they are there at most; undefined: there is none. */
  readonly store: { readonly bucket: string; readonly keptMs: number } | undefined;
}

export interface PrivacySection {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface PrivacyNotice {
  readonly title: string;
  readonly sections: readonly PrivacySection[];
}

type Line = readonly [code: string, params?: Readonly<Record<string, number | string>>];

export function privacyNotice(facts: PrivacyFacts, language: Language): PrivacyNotice {
  const say = ([code, params]: Line) => sentenceOf(`privacy.${code}`, params, language);
  const sections = sectionsOf(facts).map(([title, ...lines]) => ({ title: say([title]), lines: lines.map(say) }));
  return { title: say(['title']), sections };
}

function sectionsOf(facts: PrivacyFacts): readonly (readonly [title: string, ...lines: readonly Line[]])[] {
  const { keptModels: models, keptJobs: jobs, namesForgottenMs, copiesKeptMs, store } = facts;
  const copies = copiesKeptMs === undefined ? [] : ([['until_copies', { hours: hoursIn(copiesKeptMs) }]] as const);
  const way = store === undefined ? [] : ([['where_store', { bucket: store.bucket }]] as const);
  const stored = store === undefined ? [] : ([['until_store', { hours: hoursIn(store.keptMs) }]] as const);
  return [
    ['kept', ['kept_projects'], ['kept_names'], ['kept_log']],
    ['not_kept', ['not_place'], ['not_tried']],
    ['where', [placeOf(facts)], ...way, [wayOf(facts)]],
    [
      'until',
      facts.keepDays === undefined ? ['until_deleted'] : ['until_days', { days: facts.keepDays }],
      ['until_models', { models, jobs }],
      ...copies,
      ...stored,
      [facts.namesOutliveRestart ? 'until_names_several' : 'until_names', { hours: hoursIn(namesForgottenMs) }],
      ['until_log'],
      ['until_backups'],
    ],
    ['who', [whoOf(facts)], ['who_runs'], ...(facts.hasFigures ? ([['who_figures']] as const) : [])],
    ['rights', ['delete_project'], ['delete_photo']],
  ];
}

function hoursIn(ms: number): number {
  return Math.round(ms / 3_600_000);
}

function placeOf({ copiesKeptMs, sharesFolder }: PrivacyFacts): string {
  if (copiesKeptMs !== undefined) return 'where_several';
  return sharesFolder ? 'where_shared' : 'where_here';
}

function wayOf({ isReachedByOthers, hasHttps }: PrivacyFacts): string {
  if (!isReachedByOthers) return 'way_none';
  return hasHttps ? 'way_https' : 'way_http';
}

function whoOf({ isReachedByOthers, access }: PrivacyFacts): string {
  if (access === 'roles') return 'who_roles';
  if (access === 'key') return 'who_key';
  return isReachedByOthers ? 'who_open' : 'who_here';
}
