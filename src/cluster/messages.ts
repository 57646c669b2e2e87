import type { Client } from '../client.ts';
import type { RelayMessage } from '../events/relay.ts';
import type { ProjectRef } from '../projects/project.ts';

// What the processes of a cluster say to each other, through one stream in Redis. None of it is the truth, which lies in
// the projects folder: whoever misses something reads it there.

/** What a process says of itself. */
export interface NodeInfo {
  /** Jobs that it runs at once; 0: it takes none. */
  readonly slots: number;
  /** Conversions of models so far that it runs beside those. Left out by versions that run none. */
  readonly slotsBeside?: number;
  readonly device: string;
  readonly backend: string;
  /** Says which keys it has (same-settings.ts). */
  readonly keys?: string | undefined;
}

export type ClusterMessage =
  /** I am there, and all that I will write is later. */
  | { readonly kind: 'tick'; readonly info: NodeInfo }
  | { readonly kind: 'bye' }
  /** For event streams. `stamps`: of each event, or of the whole. */
  | { readonly kind: 'relay'; readonly stamps: readonly number[]; readonly message: RelayMessage }
  /** The record of a job has changed. */
  | { readonly kind: 'record'; readonly ref: ProjectRef; readonly jobId: string }
  /** Whoever accepted the job writes to its log no more: it may be taken. */
  | { readonly kind: 'queued'; readonly jobId: string }
  | { readonly kind: 'removed'; readonly ref: ProjectRef; readonly jobId: string }
  | { readonly kind: 'uploaded'; readonly client: Client; readonly ref: ProjectRef }
  | { readonly kind: 'followed'; readonly jobId: string; readonly address: string }
  /** Whoever compares board and network of this project is to end that. */
  | { readonly kind: 'compare no more'; readonly ref: ProjectRef }
  /** Look whether this job is to end. */
  | { readonly kind: 'cancel'; readonly jobId: string };

/** As it stands in the stream. */
export interface Envelope {
  readonly node: string;
  /** Counts the messages of a process, so that each is taken once and a lost one is noticed. */
  readonly count: number;
  readonly watermark: number;
  readonly body: ClusterMessage;
}

/** Sets of addresses are lists on the way. */
export function encode(envelope: Envelope): string {
  return JSON.stringify(envelope, (_key, value: unknown) => (value instanceof Set ? { addresses: [...value] } : value));
}

export function decode(text: string): Envelope {
  return JSON.parse(text, (key, value: unknown) => {
    const isSet = key === 'addresses' && typeof value === 'object' && value !== null && 'addresses' in value;
    return isSet ? new Set((value as { addresses: string[] }).addresses) : value;
  }) as Envelope;
}
