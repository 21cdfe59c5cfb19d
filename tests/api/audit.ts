import type { CallOptions, TestApi } from './harness.ts';

/** What was done, the newest first: to all of the program, or to one subject. */
export async function actionsOn(
  api: TestApi,
  input?: { readonly subject: string },
  options?: CallOptions,
): Promise<string[]> {
  const log = await api.query('audit.list', input, options);
  return log.data.items.map(({ action }: { action: string }) => action);
}
