import { beforeAll, describe, expect, it } from 'vitest';
import { rawSql } from '../support/ledger.ts';
import { useApi } from './harness.ts';
import { type FullProgram, fullProgram } from './me-harness.ts';
import { useTokens } from './tokens-harness.ts';

const api = useApi({ memberRateLimit_per_minute: 200 });
const { rest, me } = useTokens(api);
let program: FullProgram;
let tokens: Readonly<Record<'ann' | 'ben' | 'benRedeems', string>>;

const mint = async (externalId: string, redeem = false): Promise<string> =>
  (await api.mutate('members.token', { externalId, redeem }, { key: program.key })).data.token;

beforeAll(async () => {
  program = await fullProgram(api);
  tokens = { ann: await mint('ann'), ben: await mint('ben'), benRedeems: await mint('ben', true) };
});

const mine = async (path: string, token = tokens.ann) => (await me(token, path, program.play.id)).body;
const all = async (procedure: string, input: object = {}) =>
  (await api.query(procedure, input, { key: program.key })).data.items;

describe('a member sees with a token', () => {
  it('who they are', async () => {
    expect(await mine('')).toEqual({
      id: program.ann.id,
      externalId: 'ann',
      displayName: null,
      locale: 'en',
      referralCode: program.ann.code,
      mayRedeem: false,
    });
    expect((await mine('', tokens.benRedeems)).mayRedeem).toBe(true);
  });

  it.each([
    ['/links', 'links.list', 'memberId', 1],
    ['/referrals', 'referrals.list', 'referrerId', 1],
    ['/rewards', 'rewards.list', 'memberId', 2],
    ['/redemptions', 'redemptions.list', 'memberId', 1],
    ['/badges', 'badges.list', 'memberId', 1],
  ] as const)(
    'of %s their own alone, each field as the operator sees it',
    async (path, list, whose, count) => {
      const [operator, own] = [await all(list), await mine(path)];
      expect(operator.length).toBeGreaterThan(count);
      const owned = operator.filter((it: Record<string, unknown>) => it[whose] === program.ann.id);
      expect(own.items).toHaveLength(count);
      expect(own.items.map(({ id }: { id: string }) => id)).toEqual(
        owned.map(({ id }: { id: string }) => id),
      );
      for (const [nth, item] of own.items.entries()) expect(owned[nth]).toMatchObject(item);
    },
  );

  it('their balances, notices, ranks and open surveys', async () => {
    const theirs = async (procedure: string) => await all(procedure, { memberId: program.ann.id });
    expect((await mine('/balances')).items).toEqual(await theirs('balances.get'));
    const inbox = await mine('/notices');
    expect(inbox.unread).toBe(1);
    expect(await theirs('notices.inbox')).toMatchObject(inbox.items);
    const [best, cup] = (await mine('/ranks')).items;
    const input = { boardId: best.boardId, memberId: program.ann.id };
    const standing = await api.query('leaderboards.me', input, { key: program.key });
    expect(standing.data).toMatchObject({ window: 'all', members: 2, me: best.me });
    expect(best).toMatchObject({ slug: 'best', window: 'all', members: 2, me: { score: '1' } });
    expect(cup).toMatchObject({ slug: 'cup', window: null, members: 0, me: null });
    const surveys = (await mine('/surveys')).items;
    expect(surveys).toMatchObject([{ ruleId: 'nps', status: 'asked' }]);
    expect((await api.send(new URL(surveys[0].url).pathname, {})).status).toBe(200);
  });

  it('page by page', async () => {
    const first = await mine('/rewards?limit=1');
    const next = await mine(`/rewards?limit=1&cursor=${first.nextCursor}`);
    expect([first.items.length, next.items.length, next.nextCursor]).toEqual([1, 1, null]);
    expect(first.items[0].id).not.toBe(next.items[0].id);
  });

  it('nothing of others, and nothing of how they are judged or paid', async () => {
    const paths = ['', '/links', '/referrals', '/rewards', '/balances', '/redemptions', '/badges', '/ranks'];
    const answers = await Promise.all([...paths, '/notices', '/surveys'].map((path) => mine(path)));
    const text = JSON.stringify(answers);
    const people = await api.db.member.findMany({ where: { programId: program.play.id } });
    const others = people.filter(({ id }) => id !== program.ann.id);
    expect(others).toHaveLength(3);
    for (const { id, externalId, referralCode } of others) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(`"${externalId}"`);
      expect(text).not.toContain(referralCode);
    }
    const hidden =
      /verdict|policyVersion|ruleId":"first|trace|secret|approvedBy|batchId|DE02|bank-77|a_reason|@/;
    expect(text).not.toMatch(hidden);
  });

  it('a referral under review as a signup, and nothing that gives it away', async () => {
    const where = { programId: program.play.id, referrerId: program.ben.id };
    const data = { stage: 'in_review', verdict: 'review', reason: 'fraud' } as const;
    await api.db.referral.updateMany({ where, data });
    const { items } = await mine('/referrals', tokens.ben);
    expect(items).toMatchObject([{ stage: 'signed_up', qualifiedAt: null }]);
    expect(JSON.stringify(items)).not.toMatch(/review|fraud/);
  });

  it('nothing that another parameter asks for', async () => {
    const answer = await me(tokens.ann, `/rewards?memberId=${program.ben.id}`, program.play.id);
    expect(answer).toMatchObject({ status: 400, body: { code: 'input_invalid' } });
    const elsewhere = await me(tokens.ann, '/rewards', api.programId);
    expect(elsewhere).toMatchObject({ status: 401, body: { code: 'token_foreign' } });
  });

  it('the same over tRPC', async () => {
    const input = { programId: program.play.id };
    const answer = await api.query('me.links', input, { key: tokens.ann });
    expect(answer.data).toEqual(await mine('/links'));
    expect((await api.query('me.links', undefined, { key: tokens.ann })).code).toBe('token_foreign');
  });

  it('nothing any more from the moment at which they are not there', async () => {
    const { id } = (await api.mutate('members.upsert', { externalId: 'gone' }, { key: program.key })).data;
    const token = await mint('gone');
    expect((await me(token, '', program.play.id)).status).toBe(200);
    await rawSql(api.database.ownerUrl, 'DELETE FROM links WHERE member_id = $1', [id]);
    await rawSql(api.database.ownerUrl, 'DELETE FROM members WHERE id = $1', [id]);
    const answer = await me(token, '', program.play.id);
    expect(answer).toMatchObject({ status: 401, body: { code: 'member_barred' } });
  });
});

describe('a member redeems', () => {
  const redeem = (token: string, input: object, key: string = crypto.randomUUID()) =>
    rest.call('POST', `/programs/${program.play.id}/me/redemptions`, input, {
      authorization: `Bearer ${token}`,
      'idempotency-key': key,
    });
  const credit = { amount: { minor: '2000', unit: 'USD' }, method: 'account_credit' };

  it('only with the claim for it', async () => {
    const before = await api.counts();
    expect(await redeem(tokens.ann, credit)).toMatchObject({ status: 403, body: { code: 'claim_missing' } });
    expect(await api.counts()).toEqual(before);
  });

  it('once for a key, which is their own: another member’s equal key is another change', async () => {
    const ann = await mint('ann', true);
    const answers = [];
    for (const token of [ann, ann, tokens.benRedeems]) answers.push(await redeem(token, credit, 'same-key'));
    const [first, again, other] = answers;
    expect(first).toMatchObject({ status: 200, body: { status: 'accepted', outcome: null } });
    expect(again?.body).toEqual(first?.body);
    expect(again?.headers.get('idempotent-replayed')).toBe('true');
    expect(other?.body.redemptionId).not.toBe(first?.body.redemptionId);
    const where = { programId_id: { programId: program.play.id, id: first?.body.redemptionId } };
    expect(await api.db.redemption.findUnique({ where })).toMatchObject({
      memberId: program.ann.id,
      method: 'account_credit',
      destination: null,
    });
    const event = await api.db.event.findFirstOrThrow({ where: { id: first?.body.eventId } });
    expect(event.payload).toMatchObject({ actor: `member:${program.ann.id}` });
    const { items } = await mine('/redemptions', ann);
    expect(items[0]).toMatchObject({ id: first?.body.redemptionId, status: 'requested' });
  });

  it('and waits for the decision, of which they see the answer without the facts', async () => {
    const pending = redeem(tokens.benRedeems, { ...credit, wait_ms: 10_000 });
    const id = await untilAwaited();
    const outcome = { decision: 'refused', code: 'insufficient_balance', message: 'Too little.' };
    const stored = { ...outcome, stage: 'refused', trace: { facts: 'secret' } };
    const data = { state: 'decided', outcome: stored, decidedAt: new Date() } as const;
    await api.db.event.updateMany({ where: { id }, data });
    await api.db.$executeRaw`SELECT pg_notify('decided', ${id})`;
    expect((await pending).body).toEqual({
      redemptionId: expect.any(String),
      eventId: id,
      status: 'decided',
      outcome,
    });
  });

  it.each([
    ['a plain amount by hand', { method: 'manual' }],
    ['a plain amount by Stripe', { method: 'stripe' }],
  ])('%s not: where money goes, the host’s server says', async (_, change) => {
    const answer = await redeem(tokens.benRedeems, { ...credit, ...change });
    expect(answer).toMatchObject({ status: 422, body: { code: 'destination_invalid' } });
  });

  it('an item, but none that pays money out', async () => {
    const make = async (item: object) =>
      (await api.mutate('catalogue.create', { name: 'It', ...item }, { key: program.key })).data.id;
    const price = { minor: '100', unit: 'USD' };
    const mug = await make({ kind: 'item', price, stock: 5 });
    const cash = await make({ kind: 'cash_out', price, method: 'manual' });
    expect((await redeem(tokens.benRedeems, { itemId: mug })).status).toBe(200);
    const refused = { status: 422, body: { code: 'destination_invalid' } };
    expect(await redeem(tokens.benRedeems, { itemId: cash })).toMatchObject(refused);
  });

  it.each([
    ['a destination', { destination: { iban: 'DE02120300000000202051' } }],
    ['another member', { memberId: crypto.randomUUID() }],
  ])('and cannot name %s', async (_, change) => {
    const answer = await redeem(tokens.benRedeems, { ...credit, ...change });
    expect(answer).toMatchObject({ status: 400, body: { code: 'input_invalid' } });
  });

  async function untilAwaited(): Promise<string> {
    for (;;) {
      const event = await api.db.event.findFirst({
        where: { programId: program.play.id, type: 'redemption.requested', awaited: true },
      });
      if (event !== null) return event.id;
    }
  }
});

describe('the limit of a member', () => {
  it('is told apart from that of keys, and counted over all tokens of the member', async () => {
    await api.mutate('members.upsert', { externalId: 'busy' }, { key: program.key });
    const [one, two] = [await mint('busy'), await mint('busy')];
    const first = await me(one, '', program.play.id);
    expect(first.headers.get('ratelimit-policy')).toBe('"member";q=200;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"member";r=199;/);
    expect((await me(two, '', program.play.id)).headers.get('ratelimit')).toMatch(/r=198;/);
  });
});
