import { beforeAll, describe, expect, test } from 'vitest';
import { grantPosting } from '../../domain/ledger/postings.ts';
import { post } from '../../ledger/post.ts';
import { createDatabase } from '../../prisma/client.ts';
import { faultsOf } from '../support/storm-check.ts';
import {
  createProgram,
  fixedAtOnce,
  paidReferrer,
  type Referrer,
  type StormProgram,
  stormPolicy,
} from '../support/storm-program.ts';
import { expectCalm } from '../support/storm-settle.ts';
import { useStorm } from '../support/storm-stack.ts';

const WAIT_MS = 10_000;
const times = <T>(count: number, work: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => work(index));
const countOf = (
  answers: readonly { readonly outcome: { readonly decision: string; readonly code?: string } | null }[],
) => {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) {
    const name = outcome?.code ?? outcome?.decision ?? 'undecided';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/** Signups and purchases of so many members, all through one referrer and all at the same time. */
const referAtOnce = (program: StormProgram, { code }: Referrer, count: number) =>
  Promise.all(
    times(count, (index) => Promise.all([program.signup(`s${index}`, code), program.purchase(`s${index}`)])),
  );

const storm = useStorm();

describe('what is sent fifty times at once', { timeout: 60_000 }, () => {
  test('under one key is one signup, purchase and redemption, and one decision for all', async () => {
    const program = await createProgram(storm, fixedAtOnce(1_000n));
    const ann = await program.member('ann');
    const signups = await Promise.all(times(50, () => program.signup('bob', ann.code, 'one', WAIT_MS)));
    expect(countOf(signups)).toEqual({ accepted: 50 });
    expect(signups.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const purchases = await Promise.all(times(50, () => program.purchase('bob', 'two', WAIT_MS)));
    expect(countOf(purchases)).toEqual({ accepted: 50 });
    const redemptions = await Promise.all(times(50, () => program.redeem(ann.id, 1_000n, 'three', WAIT_MS)));
    expect(countOf(redemptions)).toEqual({ accepted: 50 });
    expect(new Set(redemptions.map(({ redemptionId }) => redemptionId)).size).toBe(1);
    await expectCalm(storm, program, [ann]);
  });

  test('under fifty keys is one referral and one reward, and a reasoned refusal for the rest', async () => {
    const program = await createProgram(storm, fixedAtOnce(1_000n));
    const ann = await program.member('ann');
    const signups = await Promise.all(
      times(50, (index) => program.signup('bob', ann.code, `signup ${index}`, WAIT_MS)),
    );
    expect(countOf(signups)).toEqual({ accepted: 1, already_attributed: 49 });
    const purchases = await Promise.all(
      times(50, (index) => program.purchase('bob', `purchase ${index}`, WAIT_MS)),
    );
    expect(countOf(purchases)).toEqual({ accepted: 1, already_qualified: 49 });
    await expectCalm(storm, program, [ann]);
  });
});

describe('what competes', { timeout: 60_000 }, () => {
  test('of a referrer’s 25 referrals at once each earns its place: they sum to the entitlement', async () => {
    const program = await createProgram(storm, stormPolicy());
    const ann = await program.member('ann');
    await referAtOnce(program, ann, 25);
    await expectCalm(storm, program, [ann]);
  });

  test('rewards that compete for the rest of a budget stay within it, to the last that fits', async () => {
    const program = await createProgram(
      storm,
      fixedAtOnce(1_000n, { budget: { minor: 5_500n, unit: 'USD' } }),
    );
    const ann = await program.member('ann');
    await referAtOnce(program, ann, 12);
    await expectCalm(storm, program, [ann]);
  });

  test('of twenty redemptions that compete for a balance of seven, exactly seven succeed', async () => {
    const program = await createProgram(storm, fixedAtOnce(7_000n));
    const ann = await paidReferrer(program);
    const answers = await Promise.all(
      times(20, (index) => program.redeem(ann.id, 1_000n, `r${index}`, WAIT_MS)),
    );
    expect(countOf(answers)).toEqual({ accepted: 7, insufficient_balance: 13 });
    await expectCalm(storm, program, [ann]);
  });
});

describe('the check itself fails', { timeout: 60_000 }, () => {
  let program: StormProgram;
  let ann: Referrer;
  const faults = () => faultsOf(storm, program, [ann]);
  /** As the superuser, past every trigger and key: what a bug or a thief might leave behind. */
  const damage = async (sql: string) => {
    const client = await storm.owner.connect();
    try {
      await client.query('SET session_replication_role = replica');
      expect((await client.query(sql, [program.id])).rowCount).toBe(1);
      await client.query('RESET session_replication_role');
    } finally {
      client.release();
    }
  };
  beforeAll(async () => {
    program = await createProgram(storm, fixedAtOnce(1_000n));
    ann = await program.member('ann');
    await program.signup('bob', ann.code);
    await program.purchase('bob', 'purchase', WAIT_MS);
    await expectCalm(storm, program, [ann]);
  });

  test('when the ledger holds a grant, sound in itself, that no reward called for', async () => {
    const db = createDatabase({ url: storm.databaseUrl, poolMax: 1 });
    const again = { key: 'grant:twice', unit: 'USD', amount_minor: 1_000n, memberId: ann.id, held: false };
    const posting = grantPosting({ ...again, occurred_at_ms: Date.now(), lot_expires_at_ms: null });
    expect((await db.$transaction((tx) => post(tx, program.id, [posting]))).ok).toBe(true);
    await db.$disconnect();
    expect(await faults()).toEqual(
      expect.arrayContaining([
        'balance available of ann: 2000, must be 1000',
        'posting: grant:twice has no cause',
        'budget: 2000 is spent, must be 1000',
      ]),
    );
  });

  test('when a reward is on record twice', async () => {
    await damage(`
      INSERT INTO rewards (program_id, id, key, referral_id, member_id, event_id, rule_id, policy_version,
        kind, unit, amount_minor, status,
                           granted_at, matures_at, trace)
      SELECT program_id, gen_random_uuid(), key || ' again', referral_id, member_id, event_id, rule_id,
        policy_version, kind, unit, amount_minor,
             status, granted_at, matures_at, trace FROM rewards WHERE program_id = $1`);
    const found = await faults();
    expect(found).toContain('reward amounts of ann: 1000,1000, must be 1000');
    expect(found).toContain('rewards per referral and rule of ann: 1, must be 2');
  });

  test('when an acknowledged event is not there, or not decided', async () => {
    await damage(
      "UPDATE events SET state = 'delivered', outcome = NULL WHERE program_id = $1 AND type = 'signup'",
    );
    await damage("DELETE FROM events WHERE program_id = $1 AND key = 'purchase'");
    const found = await faults();
    expect(found).toContain('lost: event purchase');
    expect(found).toContain('undecided: signup bob is delivered');
  });

  test('when an entry of the ledger was changed', async () => {
    await damage(`
      UPDATE ledger_entries e SET amount_minor = amount_minor + 1 FROM ledger_accounts a
      WHERE a.id = e.account_id AND a.program_id = $1 AND a.kind = 'available' AND e.version = 1`);
    expect((await faults()).filter((fault) => fault.startsWith('proof:'))).not.toEqual([]);
  });
});
