// Reports a child that has been silent for too long.

export interface Watchdog {
  /** Call it whenever the child has written something. */
  touch(): void;
  stop(): void;
}

/** Calls `onSilent` once when nothing was said for `silenceMs`. Children say at least a heartbeat every 10 s. */
export function startWatchdog(silenceMs: number, onSilent: () => void): Watchdog {
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    onSilent();
  }, silenceMs);
  return {
    // refresh() would bring a timer back to life that has fired or was cleared.
    touch: () => void (over || timer.refresh()),
    stop() {
      over = true;
      clearTimeout(timer);
    },
  };
}
