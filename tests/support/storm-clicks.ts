import type { Storm } from './storm-stack.ts';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Follows a link as a new visitor. Returns the click's id. Throws on all but a redirect that carries one. */
export async function clickOn({ apis }: Storm, code: string): Promise<string> {
  const answer = await fetch(`${apis[0]?.url}/r/${code}`, {
    redirect: 'manual',
    headers: { 'user-agent': BROWSER },
  });
  await answer.body?.cancel();
  const clickId = new URL(answer.headers.get('location') ?? 'none:').searchParams.get('rclk');
  if (answer.status !== 302 || clickId === null) {
    throw new Error(`a click was answered ${answer.status} ${answer.headers.get('location')}`);
  }
  return clickId;
}

/** Those of `clickIds` that are not on record. */
export async function unrecorded({ owner }: Storm, clickIds: readonly string[]): Promise<string[]> {
  const { rows } = await owner.query<{ id: string }>(
    `SELECT id::text FROM unnest($1::uuid[]) AS clicked(id)
     WHERE NOT EXISTS (SELECT 1 FROM touches t WHERE t.id = clicked.id)`,
    [clickIds],
  );
  return rows.map(({ id }) => id);
}
