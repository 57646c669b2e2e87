import type { Config } from '../../config.ts';
import type { App } from '../../http/app-type.ts';
import type { JobOwnership } from '../../jobs/run/ownership.ts';
import { PREFIX, type Redis } from '../redis.ts';
import type { SharedPhotos } from '../store/shared-photos.ts';
import { STORE_TIMES } from '../times.ts';
import { announce, ownAddresses } from './announce.ts';
import type { Hub } from './hub.ts';
import { hostRoutes } from './routes.ts';

// Lets hosts find this web server, and answers them.

export interface RegisterOptions {
  readonly redis: Redis;
  /** Of this process. */
  readonly name: string;
  readonly hub: Hub;
  readonly key: string;
  readonly lostMs: number;
  readonly config: Pick<Config, 'host' | 'clusterAddress'>;
  readonly isHeld: JobOwnership['isHeld'];
  readonly photos: SharedPhotos | undefined;
}

const STORE_LOOKED = `${PREFIX}:store-looked`;

export async function registerHosts(
  app: App,
  { redis, name, hub, key, lostMs, config, isHeld, photos }: RegisterOptions,
): Promise<void> {
  let bases: readonly string[] = [];
  let callOff = () => {};
  await app.register(hostRoutes, { hub, key, bases: () => bases, lostMs, ownership: { isHeld }, photos });
  app.addHook('onListen', async () => {
    const address = app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    bases = ownAddresses(config, port);
    callOff = announce(redis, name, bases);
    // of all web servers one at a time looks for photos that are too old
    photos?.begin(async () => (await redis.set(STORE_LOOKED, name, 'PX', STORE_TIMES.lookMs / 2, 'NX')) === 'OK');
  });
  app.addHook('preClose', async () => callOff());
  app.addHook('onClose', async () => photos?.close());
}
