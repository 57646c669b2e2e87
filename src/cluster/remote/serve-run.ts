import { join, dirname } from 'node:path';
import { invalidRequest } from '../../errors.ts';
import { openFile, type OpenFile } from '../../files/open-file.ts';
import type { JobOwnership } from '../../jobs/run/ownership.ts';
import type { HubRun } from './hub.ts';
import type { SharedPhotos } from '../store/shared-photos.ts';
import { INPUTS, type Item, type Manifest, type Result, type StoreFault, type Tree } from './protocol.ts';
import { createReceived, type Received } from './receive.ts';
import { type HashFile, isOfCheckpoints, readTree } from './trees.ts';

// What a web server does for one run: it says what the inputs are, gives them, and takes the results.

export interface ServedRun {
  manifest(): Promise<Manifest>;
  /** One of the inputs. Undefined: none of them has this content (any more). */
  open(sha256: string): Promise<OpenFile | undefined>;
  /** Where to fetch a photo or sound, if not here. `fault`: it was fetched there in vain. */
  addressOf(sha256: string, fault: StoreFault | undefined): Promise<string | undefined>;
  readonly received: Received;
  put(folder: Result, files: readonly Item[]): Promise<readonly string[]>;
}

export interface ServeRunOptions {
  readonly hash: HashFile;
  readonly ownership: Pick<JobOwnership, 'isHeld'>;
  isOver(): boolean;
  readonly photos: SharedPhotos | undefined;
}

/** Only of these there are many that several hosts want, on several days. */
const DATA_SET = /^dataset\//;

export function serveRun({ run, jobId }: HubRun, { hash, ownership, isOver, photos }: ServeRunOptions): ServedRun {
  const { folders = {}, work } = run.local ?? {};
  const paths = new Map<string, string>();
  const samples = new Map<string, string>();
  // its name is one that is deleted with the run
  const received = createReceived(join(dirname(folders.output ?? folders.project ?? '.'), `.scratch-${run.token}`));

  const note = (root: string, tree: Tree) => {
    for (const { path, sha256 } of tree.files) {
      paths.set(sha256, join(root, path));
      received.know(sha256, join(root, path));
    }
  };

  return {
    received,
    async manifest() {
      const trees: Partial<Record<(typeof INPUTS)[number], Tree>> = {};
      for (const name of INPUTS) {
        const root = folders[name];
        if (root === undefined || work?.folders.includes(name) !== true) continue;
        const tree = await readTree(root, hash, name === 'checkpoints' ? isOfCheckpoints : undefined);
        if (tree === undefined) continue;
        note(root, tree);
        trees[name] = tree;
        if (name !== 'project') continue;
        for (const { path, sha256 } of tree.files) if (DATA_SET.test(path)) samples.set(sha256, join(root, path));
      }
      return { trees };
    },
    async open(sha256) {
      const path = paths.get(sha256);
      return path === undefined ? undefined : openFile(path);
    },
    async addressOf(sha256, fault) {
      const path = samples.get(sha256);
      if (path === undefined || photos === undefined) return undefined;
      if (fault === undefined) return photos.addressOf(sha256, path);
      photos.failed(sha256, path, fault);
      return undefined;
    },
    async put(name, files) {
      const root = folders[name];
      if (root === undefined) throw invalidRequest(`this run has no folder ${name}`);
      // a checkpoint must not be lost between two renames
      return received.put(root, files, name !== 'checkpoints', () => !isOver() && ownership.isHeld(jobId));
    },
  };
}
