/** One question to the resident process. */
export interface InferenceRequest {
  /** The folder that holds model.pth. */
  readonly model: string;
  readonly file: string;
  readonly type: InferenceType;
  readonly threshold?: number;
  readonly board: boolean;
  /** Answer where the network looks, not what it says. */
  readonly heat?: boolean;
}

export type InferenceType = 'classification' | 'detection' | 'voice';
export type InferenceResult = Readonly<Record<string, unknown>>;

/** Who asks. Clients take turns; what nobody waits for any more is dropped. */
export interface Asker {
  readonly client: string;
  /** Whose share of the queue it takes. */
  readonly group: string;
  /** Aborted when the client has left. */
  readonly signal?: AbortSignal;
}
