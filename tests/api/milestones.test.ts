import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { testActivities } from '../support/play.ts';
import { LADDER, REVENUE, useMilestoneApi } from './milestones-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, members, publish, award, qualify } = useMilestoneApi();

describe('awards', () => {
  beforeAll(async () => {
    for (const id of members) await award(id);
  });

  it('are what the dry run said, and it finds nothing more', async () => {
    expect((await api.query('milestones.dryRun')).data).toMatchObject({ items: [], nextCursor: null });
    const { data } = await api.query('milestones.awards', { memberId: members[2] });
    expect(data.items.map((item: { step: string }) => item.step).sort()).toEqual(['15', '2', '5']);
    expect(data.items[0]).toMatchObject({ milestoneId: 'connector', status: 'awarded', count: 16, nth: 1 });
  });

  it('are listed by page, milestone and status', async () => {
    const first = await api.query('milestones.awards', {
      limit: 3,
      milestoneId: 'connector',
      status: 'awarded',
    });
    expect(first.data.items).toHaveLength(3);
    const rest = await api.query('milestones.awards', { limit: 3, cursor: first.data.nextCursor });
    expect(rest.data).toMatchObject({ items: [{ milestoneId: 'connector' }], nextCursor: null });
    expect((await api.query('milestones.awards', { status: 'waiting' })).data.items).toEqual([]);
  });

  it('count for their milestones and thresholds', async () => {
    const { data } = await api.query('milestones.list');
    expect(data).toMatchObject({
      items: [
        {
          id: 'connector',
          members: 2,
          awarded: 4,
          waiting: 0,
          reversed: 0,
          reached: [
            { at: 2, members: 2 },
            { at: 5, members: 1 },
          ],
        },
        { id: 'rainmaker', members: 0, reached: [{ at: { minor: '100000', unit: 'USD' }, members: 0 }] },
      ],
    });
  });

  it('show in a member’s progress, with what is next and how far it is', async () => {
    const { data } = await api.query('milestones.progress', { memberId: members[2] });
    expect(data.items).toMatchObject([
      { milestoneId: 'connector', count: 16, reached: 15, awarded: 3, next: { at: 25, left: 9 } },
      {
        milestoneId: 'rainmaker',
        count: { minor: '0', unit: 'USD' },
        reached: null,
        next: { left: { minor: '100000', unit: 'USD' }, benefit: { kind: 'perk', label: 'Early access' } },
      },
    ]);
  });

  it('are explained: the count, each award with its trace, and what is next', async () => {
    const { data } = await api.query('explain.milestone', { memberId: members[1], milestoneId: 'connector' });
    const days = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
    const today = days.format(new Date());
    expect(data.sentences).toEqual([
      `Milestone “Connector” of policy version ${data.policyVersion} ` +
        'counts the member’s qualified referrals: 3 now.',
      'The next threshold is 5, which takes 2 more.',
    ]);
    expect(data.awards).toMatchObject([
      {
        step: '2',
        trace: { facts: { value: '3' } },
        sentences: [
          `On ${today} the count was 3 and the threshold of 2 was reached, ` +
            `by policy version ${data.policyVersion}.`,
          `What it earns was granted on ${today}.`,
        ],
      },
    ]);
    const german = await api.query('explain.milestone', {
      ...{ memberId: members[1], milestoneId: 'connector', language: 'de' },
    });
    expect(german.data.sentences.at(-1)).toBe('Die nächste Schwelle ist 5; bis dahin fehlt noch: 2.');
    const none = await api.query('explain.milestone', { memberId: members[0], milestoneId: 'rainmaker' });
    expect(none.data.sentences.at(-1)).toBe('The next threshold is $1,000.00, which takes $1,000.00 more.');
  });

  it('that wait for the budget say so, and are tried again', async () => {
    const { id } = await api.member();
    await qualify(id, 5);
    await publish([LADDER, REVENUE], 1_000n);
    await award(id);
    const waiting = await api.query('milestones.awards', { memberId: id, status: 'waiting' });
    expect(waiting.data.items).toMatchObject([{ step: '5', reason: 'budget_exhausted', rewardId: null }]);
    const why = await api.query('explain.milestone', { memberId: id, milestoneId: 'connector' });
    expect(JSON.stringify(why.data.awards)).toContain('no room for it');
    const { data } = await api.query('milestones.dryRun');
    expect(data.items).toMatchObject([{ memberId: id, would: [{ action: 'try_again', step: '5' }] }]);
    await publish([LADDER, REVENUE]);
    await award(id);
    const after = await api.query('milestones.awards', { memberId: id, status: 'awarded' });
    expect(after.data.items).toHaveLength(2);
  });

  it('of a milestone that the policy no longer has can still be explained', async () => {
    await publish([REVENUE]);
    const asked = { memberId: members[1], milestoneId: 'connector' };
    const { data } = await api.query('explain.milestone', asked);
    expect(data).toMatchObject({ milestone: null, awards: [{ step: '2' }] });
    await publish([LADDER, REVENUE]);
  });
});

describe('a badge that a milestone earned', () => {
  it('is signed, listed, explained and revoked like any other, though no referral granted it', async () => {
    const words = { name: 'Connector', description: 'Brought friends', criteria: 'Two friends bought' };
    await api.mutate('badges.define', { label: 'Connector', ...words });
    await testActivities(api.database).issueBadges({ now_ms: Date.now() });
    const memberId = members[1];
    const { data } = await api.query('badges.list', { memberId });
    expect(data.items).toMatchObject([{ memberId, status: 'valid' }]);
    const [{ id, rewardId }] = data.items;
    expect((await api.send(`/badges/verify/${id}`, { headers: { accept: 'text/html' } })).status).toBe(200);
    const rewards = await api.query('rewards.list', { memberId, kind: 'badge', source: 'milestone' });
    expect(rewards.data.items).toMatchObject([
      { id: rewardId, source: 'milestone', referralId: null, eventId: null, ruleId: 'milestone:connector' },
    ]);
    const why = await api.query('explain.reward', { id: rewardId });
    expect(why.data.sentences.slice(0, 3)).toMatchObject([
      expect.stringMatching(
        /^Milestone “connector” of policy version \d+ granted the badge “Connector” to the member on/,
      ),
      'It looked at the member’s qualified referrals: 3.',
      'Check “threshold reached”: passed (2).',
    ]);
    await api.mutate('rewards.revoke', { id: rewardId, note: 'by mistake' });
    expect((await api.query('badges.get', { id })).data.status).toBe('revoked');
    const told = await api.db.outbox.findMany({
      where: { type: { in: ['badge.issued', 'reward.revoked'] } },
    });
    const mine = told.filter(({ payload }) => (payload as { rewardId: string }).rewardId === rewardId);
    expect(mine.map(({ subject }) => subject)).toEqual([`member:${memberId}`, `member:${memberId}`]);
  });
});

describe('requests', () => {
  it.each([
    ['milestones.progress', () => ({ memberId: newId() }), 404, 'member_unknown'],
    ['explain.milestone', () => ({ memberId: newId(), milestoneId: 'connector' }), 404, 'member_unknown'],
    ['explain.milestone', () => ({ memberId: members[0], milestoneId: 'nothing' }), 404, 'not_found'],
    ['milestones.awards', () => ({ status: 'lost' }), 400, 'input_invalid'],
    ['milestones.dryRun', () => ({ limit: 201 }), 400, 'input_invalid'],
  ])('of %s for what there is not are refused', async (procedure, input, status, code) => {
    await expectRefused(api, () => api.query(procedure, input()), { status, code });
  });

  it('from another program see nothing', async () => {
    const { key } = await api.program();
    const unknown = { status: 404, code: 'member_unknown' };
    await expectRefused(
      api,
      () => api.query('milestones.progress', { memberId: members[2] }, { key }),
      unknown,
    );
    expect((await api.query('milestones.awards', {}, { key })).data.items).toEqual([]);
    expect((await api.query('milestones.dryRun', {}, { key })).data.items).toEqual([]);
    expect((await api.query('milestones.list', undefined, { key })).data.items).toEqual([]);
  });

  it('for a sweep need the right, and are refused while Temporal is away', async () => {
    const away = { status: 503, code: 'live_view_unavailable' };
    await expectRefused(api, () => api.mutate('milestones.sweep', undefined), away);
    const { token } = await api.key(['read']);
    const send = () => api.mutate('milestones.sweep', undefined, { key: token });
    await expectRefused(api, send, { status: 403, code: 'scope_missing' });
  });
});
