import underPressure from '@fastify/under-pressure';
import { serverBusy } from '../errors.ts';
import { PRESSURE_TIMES } from '../time-limits.ts';
import type { App } from './app-type.ts';

// While the server is too busy to answer in time, it refuses what can be asked again.

/** One slow moment (a garbage collection, a first import) fills one window, however long it takes. */
export const LAGGING_WINDOWS = 3;

/** Refuse with 503 while the event loop lags. What the start-up costs is not counted: it begins once the server listens. */
export async function registerPressure(
  app: App,
  maxLagMs: number = PRESSURE_TIMES.maxLagMs,
  windowMs: number = PRESSURE_TIMES.windowMs,
): Promise<void> {
  let isListening = false;
  const isLagging = createLagDetector(maxLagMs);
  app.addHook('onListen', async () => {
    isListening = true;
  });
  await app.register(underPressure, {
    sampleInterval: windowMs,
    healthCheckInterval: windowMs,
    healthCheck: async ({ memoryUsage }) => !isListening || !isLagging(memoryUsage().eventLoopDelay),
    async pressureHandler(request, reply) {
      if (request.routeOptions.config.neverShed === true) return;
      reply.header('retry-after', PRESSURE_TIMES.retryAfterS);
      throw serverBusy();
    },
  });
}

/** Takes the lag of each window in turn; says whether this one and those before it were all too late. */
export function createLagDetector(maxLagMs: number, windows = LAGGING_WINDOWS): (lagMs: number) => boolean {
  let inARow = 0;
  return (lagMs) => {
    inARow = lagMs > maxLagMs ? inARow + 1 : 0;
    return inARow >= windows;
  };
}
