// What an object store does for the cluster. Things in it are named by their SHA-256, so none ever changes.

export interface BlobStore {
  /** Undefined: it has none of this name. */
  look(sha256: string): Promise<StoredBlob | undefined>;
  /** Rejects where what arrived has another content, if the store can tell. */
  put(sha256: string, content: Buffer): Promise<PutAnswer>;
  /** Where anybody may fetch it for some minutes, without a key. */
  addressOf(sha256: string): Promise<string>;
  /** Also where there is none. */
  remove(sha256: string): Promise<void>;
  /** All that bear such a name; whatever else is in the bucket is not seen. */
  list(): AsyncIterable<StoredBlob>;
  close(): void;
}

export interface StoredBlob {
  readonly sha256: string;
  readonly bytes: number;
  /** When it was put there. */
  readonly putMs: number;
}

export interface PutAnswer {
  /** The store keeps what is replaced or deleted. */
  readonly keepsVersions: boolean;
}
