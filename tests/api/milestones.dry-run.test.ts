import { describe, expect, it } from 'vitest';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { CREDIT, LADDER, REVENUE, useMilestoneApi } from './milestones-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, members, publish } = useMilestoneApi();

describe('a policy’s milestones', () => {
  it.each<[string, object]>([
    ['thresholds that go down', { thresholds: [...LADDER.thresholds].reverse() }],
    ['a threshold of nothing', { thresholds: [{ at: 0, benefit: CREDIT }] }],
    ['an id that is none', { id: 'a:b' }],
  ])('with %s are refused, and the policy in force stays', async (_what, change) => {
    const send = () => publish([{ ...LADDER, ...change } as Milestone]);
    await expectRefused(api, send, { status: 422, code: 'policy_invalid' });
  });

  it.each<[string, object]>([
    ['a count in money', { thresholds: REVENUE.thresholds }],
    ['an unknown measure', { measure: 'karma' }],
    ['a recipient who has no such count', { recipient: 'member' }],
    ['a percentage', { thresholds: [{ at: 1, benefit: { kind: 'percentage', rate_bp: 1, cap: null } }] }],
    ['a field that does not exist', { extra: true }],
  ])('with %s do not fit the form', async (_what, change) => {
    const send = () => publish([{ ...LADDER, ...change } as Milestone]);
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });

  it('engage the program’s members', async () => {
    const { engages } = await api.db.program.findUniqueOrThrow({ where: { id: api.programId } });
    expect(engages).toBe(true);
  });
});

describe('a dry run', () => {
  it('lists what a sweep would do, page by page, and changes nothing', async () => {
    const before = await api.counts();
    const first = await api.query('milestones.dryRun', { limit: 1 });
    const next = await api.query('milestones.dryRun', { limit: 1, cursor: first.data.nextCursor });
    const items = [...first.data.items, ...next.data.items].sort((a, b) => a.would.length - b.would.length);
    expect(items).toMatchObject([
      {
        memberId: members[1],
        would: [
          {
            action: 'award',
            milestoneId: 'connector',
            step: '2',
            at: 2,
            count: 3,
            benefit: { kind: 'badge' },
          },
        ],
      },
      {
        memberId: members[2],
        would: [{ step: '2' }, { step: '5' }, { step: '15', benefit: { kind: 'fixed' } }],
      },
    ]);
    expect(next.data.nextCursor).toBeNull();
    expect(await api.counts()).toEqual(before);
  });

  it('has nothing to list while the program is paused', async () => {
    const set = (status: 'paused' | 'live') =>
      api.db.program.update({ where: { id: api.programId }, data: { status } });
    await set('paused');
    expect((await api.query('milestones.dryRun')).data.items).toEqual([]);
    await set('live');
  });

  it('refuses a cursor that it did not give', async () => {
    const send = () => api.query('milestones.dryRun', { cursor: 'elsewhere' });
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });
});
