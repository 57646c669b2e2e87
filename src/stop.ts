import closeWithGrace from 'close-with-grace';
import { SERVER_TIMES } from './time-limits.ts';
import { killTrackedChildren } from './child/living.ts';
import type { App } from './http/app-type.ts';

// How the process ends.

/**
 * SIGHUP: a server that nohup started must survive its terminal, and a handler would undo that. The others say that the
 * process is broken: JavaScript must not run any more.
 */
const NOT_HANDLED: closeWithGrace.AllEvents[] = [
  'SIGHUP',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
];

/** Of the process, as signals are. */
let stopping = false;

/** What closes in order: a server, or a worker without one. */
export interface Stoppable {
  readonly log: Pick<App['log'], 'fatal' | 'error'>;
  close(): PromiseLike<unknown>;
}

export interface StopOptions {
  /** A stop that takes longer is ended the hard way. */
  readonly limitMs: number;
  /** The last thing, however the process ends; nothing can be waited for. */
  onExit(): void;
}

/**
 * From here on the first signal, and a fault that nothing caught, close in order what there is: the app that the result
 * is given, and before that nothing, as jobs run only once the server listens. A second one, or the limit, exits at once.
 * No child outlives the process: it would work on beside those of the next server.
 */
export function stopInOrder({ limitMs, onExit }: StopOptions): (app: Stoppable) => void {
  let app: Stoppable | undefined;
  process.once('exit', () => {
    killTrackedChildren();
    onExit();
  });
  closeWithGrace(
    {
      delay: limitMs,
      skip: NOT_HANDLED,
      logger: false,
      onSecondSignal: () => say('Stopped at once; what was running goes on at the next start.'),
      onSecondError: (error) => app?.log.fatal({ err: error }, 'a second fault while the server stopped'),
      onTimeout: () =>
        say(
          `Stopping took over ${limitMs / 1000} s, so the server ended at once; what was running goes on at the next start.`,
        ),
    },
    async ({ err, signal }) => {
      stopping = true;
      if (signal) ignoreItsDouble();
      if (err) {
        app?.log.fatal({ err }, 'a fault that nothing caught: the server stops');
        say(`The server met an unexpected fault and stops: ${err instanceof Error ? err.message : String(err)}`);
      }
      try {
        await app?.close();
      } catch (error) {
        app?.log.error({ err: error }, 'the server did not close in order');
        throw error;
      }
    },
  );
  return (started) => {
    app = started;
  };
}

/** A Ctrl-C comes twice where npm passes on what the terminal has sent to this process already. */
function ignoreItsDouble(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const listeners = process.listeners(signal);
    const ignore = () => undefined;
    process.on(signal, ignore);
    for (const listener of listeners) process.off(signal, listener);
    setTimeout(() => {
      for (const listener of listeners) process.on(signal, listener);
      process.off(signal, ignore);
    }, SERVER_TIMES.oneSignalMs).unref();
  }
}

export function isStopping(): boolean {
  return stopping;
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
