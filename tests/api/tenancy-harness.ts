import { randomUUID } from 'node:crypto';
import { type JsonSchema, toJsonSchema } from '../../api/rest/json-schema.ts';
import { OPERATIONS, type Operation } from '../../api/rest/operations.ts';
import { sampleOf } from '../../api/rest/sample.ts';
import { membersNamedBy } from '../../api/trpc/which-member.ts';
import { newId } from '../../platform/ids.ts';
import { rawSql } from '../support/ledger.ts';
import { usd } from '../support/seed.ts';
import type { TestApi } from './harness.ts';
import { fullProgram } from './me-harness.ts';

/** Where the thing lies that a procedure, else a field, names; `id` is of the procedure's noun. */
const TABLE_OF: Readonly<Record<string, string>> = {
  memberId: 'members',
  referrerId: 'members',
  referredId: 'referred',
  rewardId: 'rewards',
  referralId: 'referrals',
  redemptionId: 'redemptions',
  itemId: 'catalogue_items',
  boardId: 'boards',
  seasonId: 'board_windows',
  noticeId: 'notices',
  noticeIds: 'notices',
  surveyIds: 'surveys',
  improvementId: 'improvements',
  deliveryId: 'webhook_deliveries',
  intoMemberId: 'members',
  members: 'members',
  links: 'links',
  invitations: 'invitations',
  events: 'events',
  referrals: 'referrals',
  rewards: 'rewards',
  badges: 'badge_credentials',
  redemptions: 'redemptions',
  catalogue: 'catalogue_items',
  payouts: 'payout_batches',
  surveys: 'surveys',
  keys: 'api_keys',
  tokens: 'token_secrets',
  webhooks: 'webhook_endpoints',
  'rewards.grantAgain': 'refused_rewards',
  'rewards.grantSeveralAgain': 'refused_rewards',
  'explain.reward': 'rewards',
  'explain.referral': 'referrals',
  'explain.event': 'events',
  'explain.points': 'point_postings',
  'leaderboards.seasons': 'seasonal_boards',
  'operators.revokeInvitation': 'operator_invitations',
  userId: 'operators',
};

/** What a sample of the schema is not good enough for. */
const INPUTS: Readonly<Record<string, object>> = {
  'rewards.grant': { benefit: { kind: 'perk', label: 'A hat' }, note: 'A gift' },
  'points.adjust': { amount: { minor: '5', unit: 'PTS' }, note: 'A gift' },
  'redemptions.request': { amount: { minor: '500', unit: 'USD' }, method: 'manual' },
};

/** An operation, and a field of its input that names something by its id. */
export interface Naming {
  readonly operation: Operation;
  readonly field: string;
  readonly table: string;
}

const objectOf = (schema: JsonSchema): JsonSchema =>
  schema.properties === undefined
    ? (schema.anyOf?.find(({ properties }) => properties !== undefined) ?? {})
    : schema;

const shapes = new Map<Operation, JsonSchema>();

/** The fields of an operation's input, made once: that takes longer than to ask most operations. */
function shapeOf(operation: Operation): JsonSchema {
  if (operation.input === null) return {};
  const shape = shapes.get(operation) ?? objectOf(toJsonSchema(operation.input, 'input'));
  shapes.set(operation, shape);
  return shape;
}

const isIdField = (schema: JsonSchema): boolean => JSON.stringify(schema).includes('"uuid"');

function tableOf({ procedure, noun }: Operation, field: string): string {
  const table = TABLE_OF[procedure] ?? TABLE_OF[field === 'id' ? noun : field];
  if (table === undefined) throw new Error(`say in TABLE_OF what ${procedure} names by ${field}`);
  return table;
}

/**
 * Every operation with each field of its input that names something of a program. What members name is of
 * their own token's program, platform keys are of none, and a click that is not there is no refusal.
 */
export const NAMINGS: readonly Naming[] = OPERATIONS.filter(
  ({ procedure, asker, isStream }) =>
    asker === 'key' &&
    !isStream &&
    !['keys.revokePlatform', 'events.record', 'events.recordBatch'].includes(procedure),
).flatMap(namingsOf);

/** The fields of an operation's input that name something by its id. */
export function namingsOf(operation: Operation): Naming[] {
  const { properties = {} } = shapeOf(operation);
  return Object.entries(properties)
    .filter(([, schema]) => isIdField(schema))
    .map(([field]) => ({ operation, field, table: tableOf(operation, field) }));
}

/** The input with which an operation names `id` in this field, and things of `own` in the others. */
export function inputNaming(
  { operation, field }: Naming,
  id: string,
  own: ReadonlyMap<string, string>,
): object {
  const { properties = {}, required = [] } = shapeOf(operation);
  const valueFor = (name: string): unknown => {
    const schema = properties[name] ?? {};
    if (name !== field && !isIdField(schema)) return sampleOf(schema, {});
    const isBoardOfSeason = name === 'boardId' && field === 'seasonId';
    const table = isBoardOfSeason ? 'seasonal_boards' : tableOf(operation, name);
    const named = name === field ? id : own.get(table);
    return schema.type === 'array' ? [named] : named;
  };
  const needed = membersNamedBy(operation.input).filter(({ isNeeded }) => isNeeded);
  const names = [...new Set([...required, ...needed.map(({ ours }) => ours), field])];
  const isItem = field === 'itemId';
  return {
    ...Object.fromEntries(names.map((name) => [name, valueFor(name)])),
    ...(isItem ? {} : INPUTS[operation.procedure]),
  };
}

/** A program that has something in every table of which a field names rows: an id for each, and a key. */
export async function seedEverything(api: TestApi) {
  const { key, ann, play } = await fullProgram(api);
  const send = async (procedure: string, input: object | undefined) => {
    const answer = await api.mutate(procedure, input, { key });
    if (answer.status !== 200) throw new Error(`${procedure}: ${answer.text}`);
    return answer.data;
  };
  const programId = play.id;
  const { db } = api;
  const rows = await db.board.findMany({ where: { programId, period: 'season' } });
  const survey = await db.survey.findFirstOrThrow({
    where: { programId, memberId: ann.id, status: { not: 'closed' } },
  });
  await send('keys.create', { name: 'spare', scopes: ['read'] });
  await send('tokens.createSecret', undefined);
  await send('operators.invite', { email: `${randomUUID()}@example.com`, role: 'analyst' });
  const user = { id: newId(), name: 'An operator', email: `${randomUUID()}@example.com` };
  await db.operator.create({
    data: { role: 'analyst', program: { connect: { id: programId } }, user: { create: user } },
  });
  await send('invitations.create', { memberId: ann.id });
  await send('catalogue.create', {
    name: 'Mug',
    kind: 'item',
    price: { minor: '500', unit: 'USD' },
    stock: 3,
  });
  const [startsAt, endsAt] = [1, 2].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  await send('leaderboards.createSeason', { boardId: rows[0]?.id, name: 'Spring', startsAt, endsAt });
  const answeredAt = new Date();
  const answer = { answers: {}, score: 2, eventId: newId(), firstAnsweredAt: answeredAt, answeredAt };
  await db.surveyAnswer.create({ data: { programId, surveyId: survey.id, ...answer } });
  await send('surveys.improve', { title: 'T', description: 'D', surveyIds: [survey.id] });
  const { id: endpointId } = await send('webhooks.create', { url: `https://${randomUUID()}.example/` });
  await send('webhooks.ping', { id: endpointId });
  await db.payoutBatch.create({
    data: { programId, id: newId(), name: 'B', unit: 'USD', lines: 1, createdBy: 'key' },
  });
  await db.pointPosting.create({
    data: {
      programId,
      id: newId(),
      key: 'posting',
      memberId: ann.id,
      source: 'operator',
      unit: 'PTS',
      amountMinor: usd(5n).minor,
      occurredAt: new Date(),
      trace: {},
    },
  });
  await seedRefused(api, programId);
  return { key, programId, ids: await idsOf(api, programId) };
}

/** Something that the budget refused, of each referral. */
async function seedRefused({ db }: TestApi, programId: string): Promise<void> {
  const referrals = await db.referral.findMany({ where: { programId, qualifyingEventId: { not: null } } });
  await db.refusedReward.createMany({
    data: referrals.map(({ id: referralId, referrerId: memberId, policyVersion, qualifyingEventId }) => ({
      programId,
      id: newId(),
      key: `refused:${referralId}`,
      referralId,
      memberId,
      eventId: qualifyingEventId ?? '',
      ruleId: 'thanks',
      policyVersion,
      unit: 'USD',
      amountMinor: usd(5n).minor,
      occurredAt: new Date(),
      refusedAt: new Date(),
      trace: {},
    })),
  });
}

const OF_ANN = "member_id = (SELECT id FROM members WHERE program_id = $1 AND external_id = 'ann')";

/** Rows that fit each other, where not any of the table does: what is Ann's. */
const CHOSEN: Readonly<Record<string, string>> = {
  members: "SELECT id FROM members WHERE program_id = $1 AND external_id = 'ann'",
  api_keys: "SELECT id FROM api_keys WHERE program_id = $1 AND name = 'spare'",
  invitations: "SELECT id FROM links WHERE program_id = $1 AND kind = 'personal'",
  rewards: `SELECT id FROM rewards WHERE program_id = $1 AND kind = 'badge' AND ${OF_ANN}`,
  referrals: `SELECT id FROM referrals
    WHERE program_id = $1 AND stage = 'rewarded' AND NOT (${OF_ANN.replace('member_id', 'referrer_id')})`,
  notices: `SELECT id FROM notices WHERE program_id = $1 AND ${OF_ANN}`,
  surveys: 'SELECT survey_id AS id FROM survey_answers WHERE program_id = $1',
  referred: 'SELECT referred_id AS id FROM referrals WHERE program_id = $1',
  operators: 'SELECT user_id AS id FROM operators WHERE program_id = $1',
  boards: "SELECT id FROM boards WHERE program_id = $1 AND slug = 'best'",
  seasonal_boards: "SELECT id FROM boards WHERE program_id = $1 AND slug = 'cup'",
  board_windows: 'SELECT id FROM board_windows WHERE program_id = $1 AND name IS NOT NULL',
};

/** An id of each table that a field names rows of. */
async function idsOf(api: TestApi, programId: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const table of new Set(NAMINGS.map((naming) => naming.table))) {
    const sql = CHOSEN[table] ?? `SELECT id FROM ${table} WHERE program_id = $1`;
    const [row] = await rawSql<{ id: string }>(api.database.ownerUrl, `${sql} LIMIT 1`, [programId]);
    if (row === undefined) throw new Error(`nothing is seeded in ${table}`);
    ids.set(table, row.id);
  }
  return ids;
}
