import { KEPT_BY_MONTHS, type KeptByMonths, type KeptMonths, keptFrom } from '../../domain/privacy/months.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** A table that is kept by months, and since when its rows are needed still, as SQL; null: none is. */
interface MonthlyTable {
  readonly table: string;
  readonly needed: (now: Date) => Prisma.Sql;
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

/** The longest that a policy ever said, in days, before `now`; null: there is no policy. */
const longestBefore = (now: Date, days: Prisma.Sql) => Prisma.sql`
  SELECT ${now}::timestamptz - make_interval(days => max((${days})::int)) FROM policy_versions`;

const MONTHLY: Readonly<Record<KeptByMonths, readonly MonthlyTable[]>> = {
  // A click is worth something to a signup for as long as the policy says.
  clicks: [
    {
      table: 'touches',
      needed: (now) => longestBefore(now, Prisma.sql`body->'attribution'->>'window_days'`),
    },
  ],
  // The e-mails first: each names its notice.
  notices: ['notice_emails', 'notices'].map((table) => ({ table, needed: () => UNSENT_EMAILS })),
  messages: [{ table: 'outbox', needed: () => UNTOLD_MESSAGES }],
  // What is named for longer stays by itself (`events_keep.sql`).
  events: [{ table: 'events', needed: (now) => longestBefore(now, Prisma.sql`body->>'refund_days'`) }],
};

/**
 * Makes room for the months to come in all tables that are kept by months, and ends what is older than it is
 * kept. Each month is a transaction of its own, so a run that was killed goes on with the next. Gives the
 * partitions that are gone, oldest first by table.
 */
export async function keepByMonths(db: Database, kept: KeptMonths, now_ms: number): Promise<string[]> {
  await db.$queryRaw`SELECT months_open()`;
  const gone: string[] = [];
  for (const name of KEPT_BY_MONTHS) {
    const months = kept[name];
    if (months === null) continue;
    for (const table of MONTHLY[name]) gone.push(...(await dropMonths(db, table, months, now_ms)));
  }
  return gone;
}

async function dropMonths(
  db: Database,
  { table, needed }: MonthlyTable,
  months: number,
  now_ms: number,
): Promise<string[]> {
  const [need] = await db.$queryRaw<{ at: Date | null }[]>`SELECT (${needed(new Date(now_ms))}) AS at`;
  const from = new Date(keptFrom(now_ms, months, need?.at?.getTime() ?? null));
  const gone: string[] = [];
  for (;;) {
    const [row] = await db.$queryRaw<{ part: string | null }[]>`
      SELECT months_drop(${table}, ${from}::timestamptz) AS part`;
    if (row?.part == null) return gone;
    gone.push(row.part);
  }
}
