import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { policySchema } from '../../api/policies/schema.ts';
import { checkPolicy } from '../../domain/policies/check.ts';
import { ANSWER_SHARE, answerOf } from './answers.ts';
import { couponCodes } from './catalogue.ts';
import { customersOf, readCdnow } from './cdnow.ts';
import { filledIn } from './payout.ts';
import { externalIdOf } from './people.ts';
import { demoPolicy } from './policy.ts';

describe('what members come back for in the demo', () => {
  it('stands in a policy that the engine accepts, with every section for members', () => {
    const policy = policySchema.parse(demoPolicy());
    expect(checkPolicy(policy)).toMatchObject({ ok: true });
    for (const section of ['points', 'milestones', 'surveys', 'notices'] as const) {
      expect(policy[section]).toBeDefined();
    }
  });

  it('has answers that follow from the name, as many as the rule says, with scores of all groups', () => {
    const names = customersOf(readCdnow(), Number.POSITIVE_INFINITY).map(externalIdOf);
    const answers = names.map(answerOf);
    expect(names.map(answerOf)).toEqual(answers);
    const given = answers.flatMap((answer) => (answer === null ? [] : [answer]));
    expect(Math.abs(given.length / names.length - ANSWER_SHARE)).toBeLessThan(0.05);
    const scores = new Set(given.map(({ nps }) => nps));
    expect([...scores].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { nps, comment } of given) if (/delivery/i.test(comment)) expect(nps).toBeLessThanOrEqual(6);
  });

  it('has coupon codes that are the same in every run and differ from each other', () => {
    const codes = couponCodes();
    expect(couponCodes()).toEqual(codes);
    expect(new Set(codes).size).toBe(60);
  });

  it('fills a batch in with the result of every line, and leaves its other columns as they were', () => {
    const csv =
      'redemption_id,external_id,outcome,reference\r\n0190-abcdef12,"a, b",,\r\n0190-00000034,c,,\r\n';
    expect(parse(filledIn(csv), { columns: true })).toEqual([
      {
        redemption_id: '0190-abcdef12',
        external_id: 'a, b',
        outcome: 'paid',
        reference: 'transfer-abcdef12',
      },
      { redemption_id: '0190-00000034', external_id: 'c', outcome: 'paid', reference: 'transfer-00000034' },
    ]);
  });
});
