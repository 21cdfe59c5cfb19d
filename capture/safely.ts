/** Runs `work`; where the browser refuses, the page goes on as if it had not been asked. */
export function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
