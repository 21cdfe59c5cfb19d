import { describe, expect, it } from 'vitest';
import { tell } from '../../engine/events/outbox.ts';
import { newId } from '../../platform/ids.ts';
import { openFeed } from './feed-harness.ts';
import { useApi } from './harness.ts';

const api = useApi();

const told = async (nth: number, programId = api.programId) =>
  await api.db.$transaction((tx) =>
    tell(tx, programId, [
      {
        key: `referral.closed:${nth}`,
        subject: `referral:${newId()}`,
        members: [],
        type: 'referral.closed',
        payload: { referralId: newId() },
      },
    ]),
  );

describe("a program's feed", () => {
  it('tells what happens from now on', async () => {
    await told(1);
    const feed = await openFeed(api, '/feed');
    expect(feed.status).toBe(200);
    expect((await feed.next())?.type).toBe('position');
    await told(2);
    expect(await feed.next()).toMatchObject({ type: 'referral.closed' });
    await feed.close();
  });
});
