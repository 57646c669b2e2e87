import { mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError, pictureFailed, sampleNotFound } from '../errors.ts';
import { ifThere } from '../files/if-there.ts';
import { type OpenFile, openFile } from '../files/open-file.ts';
import { isFile, isFolder, removeInUse, removeTree } from '../files/tree.ts';
import type { Asker } from '../models/inference/request.ts';
import type { ResidentWorker } from '../models/inference/worker.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import { isMissing } from '../system-errors.ts';
import { createContentHashes } from './content-hash.ts';

// Small pictures of photos. A Python process makes them, with the same code that reads photos for a training: it knows
// every kind of photo that a training takes, turns it the same way, and a damaged photo can end only that process.
// docs/architecture.md § What we decided, and why says what else was weighed.

const THUMBNAIL_PIXELS = 160;

/** One small picture that is to be made. */
export interface ThumbnailRequest {
  readonly file: string;
  readonly target: string;
  readonly size: number;
}

export interface Thumbnails {
  /** The small picture of a photo, made at the first question. Rejects with an AppError for what is no photo. The caller closes it. */
  open(paths: ProjectPaths, photo: HashedPhoto, from: Asker): Promise<OpenFile>;
  /** Rejects with an AppError where another file lies there by now. */
  hashOf(path: string, identity: string): Promise<string>;
}

export interface HashedPhoto {
  readonly path: string;
  readonly identity: string;
  readonly hash: string;
}

/** Files of earlier uploads stay, as pupils send the same photos again; beyond this number the folder is emptied. */
const MAX_KEPT = 20_000;
/** They are counted once for this many new ones: counting costs more than making one. */
const COUNT_EVERY = 500;
/** Photos may be deleted one after the other while somebody looks at the others. */
const MOST_TRIES = 10;

export function createThumbnails(
  worker: Pick<ResidentWorker<ThumbnailRequest>, 'ask'>,
  { maxKept, countEvery } = { maxKept: MAX_KEPT, countEvery: COUNT_EVERY },
  openPicture: typeof openFile = openFile,
): Thumbnails {
  const making = new Map<string, Promise<string>>();
  let made = 0;

  const hashOf = createContentHashes();

  const make = async (folder: string, path: string, photo: HashedPhoto, from: Asker) => {
    if (await isFile(path)) return path;
    made += 1;
    if (made % countEvery === 0 && (await countIn(folder)) > maxKept) await removeInUse(folder, `${folder}.gone`);
    for (let tries = 1; ; tries += 1) {
      let own: string | undefined;
      try {
        await mkdir(folder, { recursive: true });
        own = await mkdtemp(join(folder, '.making-'));
        const target = join(own, 'picture.jpg');
        await worker.ask({ file: photo.path, target, size: THUMBNAIL_PIXELS }, from);
        // An upload that came meanwhile may have put another photo there: its picture must not get this one's name.
        if (!(await isStillThere(photo))) throw sampleNotFound(basename(photo.path));
        await rename(target, path);
        return path;
      } catch (error) {
        if (!(await isStillThere(photo))) throw sampleNotFound(basename(photo.path));
        // Small pictures are deleted with any photo of the project, also those that are being made.
        const isDeleted = own === undefined || isMissing(error) || !(await isFolder(own));
        if (!isDeleted || tries === MOST_TRIES) asOfPicture(error);
      } finally {
        if (own !== undefined) await removeTree(own);
      }
    }
  };

  /** Where it lies; it may be deleted in the next moment. */
  const pathOf = async ({ cache }: ProjectPaths, photo: HashedPhoto, { client, group }: Asker) => {
    const folder = join(cache, 'thumbnails');
    const path = join(folder, `${photo.hash}.jpg`);
    // The same photo may lie in two labels, and several pupils look at one project: whoever comes later joins, so it
    // is made even if the first one has left.
    const one = making.get(path) ?? make(folder, path, photo, { client, group });
    making.set(path, one);
    try {
      return await one;
    } finally {
      making.delete(path);
    }
  };

  return {
    async hashOf(path, identity) {
      const hash = await hashOf(path, identity);
      if (hash === undefined) throw sampleNotFound(basename(path));
      return hash;
    },
    async open(paths, photo, from) {
      for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
        const opened = await openPicture(await pathOf(paths, photo, from));
        if (opened !== undefined) return opened;
      }
      throw pictureFailed(500);
    },
  };
}

/** What the process itself could not do is said of pictures: no model has to do with it. So is one that is always gone. */
function asOfPicture(error: unknown): never {
  const isOfProcess = error instanceof AppError && ['inference_failed', 'inference_timeout'].includes(error.code);
  if (isOfProcess || isMissing(error)) throw pictureFailed(isOfProcess ? error.statusCode : 500);
  throw error;
}

async function isStillThere({ path, identity }: HashedPhoto): Promise<boolean> {
  const opened = await openFile(path);
  await opened?.file.close();
  return opened?.identity === identity;
}

async function countIn(folder: string): Promise<number> {
  return (await ifThere(readdir(folder), [])).length;
}
