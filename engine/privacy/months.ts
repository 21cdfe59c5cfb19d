import { KEPT_BY_MONTHS, type KeptByMonths, type KeptMonths, keptFrom } from '../../domain/privacy/months.ts';
import { FRESH_MS } from '../../domain/surveys/moments.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** A table that is kept by months, and since when its rows are needed still, as SQL; null: none is. */
interface MonthlyTable {
  readonly table: string;
  readonly needed: (now: Date) => Prisma.Sql;
  /** Lets go what lies in no month that ends, or was kept of one; says how many rows. */
  readonly letGo?: (db: Database, before: Date, now_ms: number) => Promise<number>;
}

const UNSENT_EMAILS = Prisma.sql`
  SELECT min(created_at) FROM notice_emails WHERE state IN ('pending', 'sending', 'in_doubt')`;

/** A message waits for endpoints that are not disabled, and for workflows of members. */
const UNTOLD_MESSAGES = Prisma.sql`
  SELECT least(
    (SELECT min(o.created_at)
     FROM webhook_deliveries d JOIN outbox o ON o.id = d.outbox_id
     JOIN webhook_endpoints p ON p.program_id = d.program_id AND p.id = d.endpoint_id
     WHERE d.state IN ('waiting', 'retrying') AND p.status <> 'disabled'),
    (SELECT min(o.created_at)
     FROM events e JOIN outbox_keys k ON k.program_id = e.program_id AND k.key = e.payload->>'message'
     JOIN outbox o ON o.id = k.outbox_id
     WHERE e.type = 'member.told' AND e.state <> 'decided'))`;

/** The longest that a policy ever said, in days, before `since`; null: there is no policy. */
const longestBefore = (since: Prisma.Sql, days: Prisma.Sql) => Prisma.sql`
  SELECT ${since} - make_interval(days => max((${days})::int)) FROM policy_versions`;

/** When the first signup happened that waits to be decided, such as in a paused program; or `now`. */
const firstOpenSignup = (now: Date) => Prisma.sql`
  least(${now}::timestamptz, (
    SELECT min(occurred_at) FROM events
    WHERE state IN ('pending', 'waiting', 'delivered') AND type = 'signup'))`;

/** For how long a policy asks for events: to refund them, and to tell how long a member has been silent. */
const ASKS_EVENTS = Prisma.sql`
  greatest((body->>'refund_days')::int, (
    SELECT max((survey->'moment'->>'days')::int
      + coalesce((survey->>'delay_hours')::int, 0) / 24 + ${FRESH_MS / DAY_MS}::int)
    FROM jsonb_array_elements(coalesce(body->'surveys', '[]')) survey
    WHERE survey->'moment'->>'on' = 'lapse'))`;

const MONTHLY: Readonly<Record<KeptByMonths, readonly MonthlyTable[]>> = {
  // A click is worth something to a signup for as long as the policy says.
  clicks: [
    {
      table: 'touches',
      needed: (now) => longestBefore(firstOpenSignup(now), Prisma.sql`body->'attribution'->>'window_days'`),
      letGo: letGoClicks,
    },
  ],
  // The e-mails first: each names its notice.
  notices: ['notice_emails', 'notices'].map((table) => ({ table, needed: () => UNSENT_EMAILS })),
  messages: [{ table: 'outbox', needed: () => UNTOLD_MESSAGES }],
  // What is named for longer stays by itself (`events_needed.sql`).
  events: [
    {
      table: 'events',
      needed: (now) => longestBefore(Prisma.sql`${now}::timestamptz`, ASKS_EVENTS),
      letGo: letGoEvents,
    },
  ],
};

/** What a run ended. */
export interface EndedMonths {
  /** The partitions that are gone, oldest first by table. */
  readonly gone: string[];
  /** How many rows are gone besides: events that earlier runs had kept, and what lies in no month. */
  readonly letGo: number;
}

/**
 * Makes room for the months to come in all tables that are kept by months, and ends what is older than it is
 * kept. Looks once more at one of the months of events of which a part was kept: another one each hour. Each
 * month is a transaction of its own, so a run that was killed goes on with the next.
 */
export async function keepByMonths(db: Database, kept: KeptMonths, now_ms: number): Promise<EndedMonths> {
  await db.$queryRaw`SELECT months_open()`;
  const gone: string[] = [];
  let letGo = 0;
  for (const name of KEPT_BY_MONTHS) {
    const months = kept[name];
    if (months === null) continue;
    for (const { table, needed, letGo: letRestGo } of MONTHLY[name]) {
      const [need] = await db.$queryRaw<{ at: Date | null }[]>`SELECT (${needed(new Date(now_ms))}) AS at`;
      const before = new Date(keptFrom(now_ms, months, need?.at?.getTime() ?? null));
      gone.push(...(await dropMonths(db, table, before)));
      letGo += (await letRestGo?.(db, before, now_ms)) ?? 0;
    }
  }
  return { gone, letGo };
}

async function dropMonths(db: Database, table: string, before: Date): Promise<string[]> {
  const gone: string[] = [];
  for (;;) {
    const [row] = await db.$queryRaw<{ part: string | null }[]>`
      SELECT months_drop(${table}, ${before}::timestamptz) AS part`;
    if (row?.part == null) return gone;
    gone.push(row.part);
  }
}

async function letGoEvents(db: Database, before: Date, now_ms: number): Promise<number> {
  const turn = Math.floor(now_ms / HOUR_MS);
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT events_let_go(${before}::timestamptz, ${turn}::bigint) AS count`;
  return row?.count ?? 0;
}

async function letGoClicks(db: Database, before: Date): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT touches_let_go(${before}::timestamptz) AS count`;
  return row?.count ?? 0;
}
