import { describe, expect, it } from 'vitest';
import { barLine } from './bar.ts';
import { reportOf } from './report.ts';
import type { ProgramState } from './state.ts';
import { tallyOf } from './tally.ts';
import { wrap } from './text.ts';

const usd = (minor: number) => ({ minor: String(minor), unit: 'USD' });

function reward(
  id: string,
  memberId: string,
  ruleId: string,
  amount: number,
  reversed: number,
  status: string,
) {
  return {
    id,
    memberId,
    ruleId,
    referralId: `r-${id}`,
    amount: usd(amount),
    reversed: usd(reversed),
    status,
  };
}

const refused = (code: string) => ({
  type: 'purchase',
  state: 'decided',
  outcome: { decision: 'refused', code },
});
const signedUp = { signedUpAt: '1997-01-01', qualifiedAt: '1997-01-02' };

const STATE = {
  members: [
    { id: 'a', externalId: 'cdnow-00001', qualifiedReferrals: 6 },
    { id: 'b', externalId: 'cdnow-00002', qualifiedReferrals: 0 },
  ],
  events: [
    { type: 'signup', state: 'decided', outcome: { decision: 'accepted' } },
    ...[refused('not_referred'), refused('below_minimum'), refused('not_referred')],
    { type: 'purchase', state: 'parked', outcome: null },
  ],
  referrals: [
    { id: 'r-1', ...signedUp },
    { id: 'r-2', ...signedUp },
    { id: 'r-3', signedUpAt: '1997-01-01', qualifiedAt: null },
  ],
  rewards: [
    reward('1', 'a', 'milestones', 500, 0, 'available'),
    reward('2', 'a', 'repeat-purchase', 100, 100, 'reversed'),
    reward('2b', 'b', 'welcome', 500, 0, 'held'),
  ],
  redemptions: [
    { memberId: 'a', amount: usd(600), status: 'settled' },
    { memberId: 'b', amount: usd(900), status: 'refused' },
  ],
  owed_minor: 100n,
} as unknown as ProgramState;

describe('the summary of the demo', () => {
  const tally = tallyOf(STATE);

  it('counts the funnel by what happened, not by where a referral stands today', () => {
    expect(tally.funnel).toEqual({ signups: 1, attributed: 3, qualified: 2, rewarded: 1 });
    expect(tally.stranded).toBe(1);
  });

  it('counts refusals by code, the most frequent first', () => {
    expect(tally.refusals).toEqual([
      { code: 'not_referred', count: 2 },
      { code: 'below_minimum', count: 1 },
    ]);
  });

  it('accounts for every cent: granted is held, reversed, redeemed or available, less what is owed', () => {
    const { granted_minor, held_minor, reversed_minor, redeemed_minor, available_minor, owed_minor } =
      tally.money;
    expect([granted_minor, held_minor, reversed_minor, redeemed_minor]).toEqual([1_100n, 500n, 100n, 600n]);
    expect(available_minor).toBe(0n);
    expect(held_minor + reversed_minor + redeemed_minor + available_minor - owed_minor).toBe(granted_minor);
  });

  it('names the milestone that a referrer has reached and what the friends have earned them', () => {
    expect(tally.top).toEqual([
      { name: 'cdnow-00001', friends: 6, milestone: 5, rate_bp: 1_000, earned_minor: 500n },
    ]);
  });

  it('says that the tree is made up, and where the rules are', () => {
    const facts = {
      customers: 2,
      purchases: 3,
      friendsToday: 0,
      clicks: 1,
      tally: { ...tally, notices: 7 },
      story: null,
      honours: {
        top: [{ rank: 1, name: 'cdnow-00001', score: '6' }],
        season: [{ rank: 1, name: null, score: '2', won: 'Champion' }],
        badges: [
          { label: 'Champion', holder: 'cdnow-00001', shareUrl: 'http://localhost:3000/badges/verify/1' },
        ],
      },
      proof: 'no database',
      messages: { fitting: 12, types: 3, problems: [] },
      returning: {
        holders: [
          { memberId: 'a', name: 'cdnow-00001', lifetime: 1_200, available: 900, level: 'curator' },
          { memberId: 'b', name: 'cdnow-00002', lifetime: 60, available: 60, level: 'listener' },
        ],
        milestones: [{ name: 'Circle', reached: [{ at: '3', benefit: 'Early access', members: 1 }] }],
        emails: [
          { kind: 'survey.asked', state: 'sent' },
          { kind: 'survey.asked', state: 'suppressed' },
        ],
        survey: {
          asked: 3,
          answered: 2,
          responseRate: 2 / 3,
          nps: { score: 0, low: -62.4, high: 62.4 },
          promoters: 1,
          passives: 0,
          detractors: 1,
          improvement: { title: 'Faster', answers: 1 },
        },
        items: [{ id: 'mug', name: 'A mug', method: 'manual' as const, left: 7 }],
      },
      redemptions: [
        {
          itemId: 'mug',
          amount: { minor: '300', unit: 'PTS' },
          status: 'settled' as const,
          reason: null,
          batchId: 'one',
        },
        {
          itemId: 'mug',
          amount: { minor: '300', unit: 'PTS' },
          status: 'refused' as const,
          reason: 'out_of_stock',
          batchId: null,
        },
      ],
      achievements: [{ ruleId: 'fifth-purchase', status: 'available' as const }],
      mailbox: 'http://localhost:3000/mailbox',
    };
    const text = reportOf(facts).join(' ');
    expect(text).toMatch(/1\. cdnow-00001 +6/);
    expect(text).toMatch(/1\. \(hidden\) +2 +Champion/);
    expect(text).toMatch(/Champion +cdnow-00001 +http:\/\/localhost:3000\/badges\/verify\/1/);
    expect(text).toContain('the referral tree is made up by a seeded rule');
    expect(text).toContain('docs/DEMO.md');
    expect(text).toContain('Not proven here: no database');
    expect(text).toMatch(/Curator +from 1,000 points +1 member /);
    expect(text).toContain('1,260 points');
    expect(text).toContain('Five purchases: 1;');
    expect(text).toMatch(/3 friends +Early access +1 member /);
    expect(text).toContain('3 asked after a redemption, 2 answered (67 %)');
    expect(text).toContain('Net Promoter Score 0, and with 95 % certainty from −62 to +62');
    expect(text).toContain('answers are made up by a seeded rule');
    expect(text).toMatch(/A mug +manual +1 +300 points, 7 left/);
    expect(text).toContain('1 refused: out_of_stock');
    expect(text).toContain('1 paid by hand, in 1 batch that');
    expect(text).toContain('7 in the members’ inboxes, 1 e-mails besides');
    expect(text).toContain('1 e-mails have not left');
    expect(text).toContain('read them at http://localhost:3000/mailbox');
  });

  it('breaks long sentences between words and loses none', () => {
    const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
    const lines = wrap(words, '· ', '  ');
    expect(lines.every((line) => line.length <= 112)).toBe(true);
    expect(lines.map((line) => line.slice(2)).join(' ')).toBe(words);
  });
});

describe('the progress bar of the demo', () => {
  it('shows what is done, how fast, and how long it will take', () => {
    expect(barLine('events', 50, 200, 50, 5)).toMatch(/^events +█{7}░{21} 50 \/ 200 · 10\/s · 0:15 left$/);
    expect(barLine('events', 200, 200, 0, 5)).not.toContain('left');
    expect(barLine('events', 0, 0, 0, 0)).toContain('0 / 0');
  });
});
