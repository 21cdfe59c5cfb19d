/**
 * A terminal and npm may both pass on one Ctrl-C: a signal this soon after the first one is the same
 * request.
 */
const SAME_SIGNAL_MS = 1_000;

/**
 * Resolves at the first signal to stop, or when npm, which started us, is gone: the shell between npm and us
 * passes no signal on. A second signal ends this process at once, and the reaper ends what it started.
 */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let asked_at_ms: number | null = null;
    const onSignal = () => {
      if (asked_at_ms !== null && Date.now() - asked_at_ms > SAME_SIGNAL_MS) process.exit(1);
      asked_at_ms ??= Date.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve();
    }, 250);
    watch.unref();
  });
}
