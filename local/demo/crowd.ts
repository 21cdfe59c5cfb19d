import { formatMoney } from '../../domain/money.ts';
import { SURVEY } from './members-policy.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import type { Session } from './session.ts';

const LANES = 16;

/** A member with their lifetime points and the level that these reach. */
export interface PointsHolder {
  readonly memberId: string;
  readonly name: string;
  readonly lifetime: number;
  readonly available: number;
  readonly level: string | null;
}

/** Everybody's points, those with the most first. */
export async function readPointsHolders(
  { client }: Session,
  names: ReadonlyMap<string, string>,
): Promise<PointsHolder[]> {
  const holders: PointsHolder[] = [];
  await inLanes([...names], LANES, async ([memberId, name]) => {
    const it = await patiently(() => client.points.get.query({ memberId }));
    const [lifetime, available] = [Number(it.lifetime.minor), Number(it.available.minor)];
    holders.push({ memberId, name, lifetime, available, level: it.level?.id ?? null });
  });
  return holders.sort((a, b) => b.lifetime - a.lifetime || (a.name < b.name ? -1 : 1));
}

/** How many notices lie in the inboxes of these members. */
async function countNotices({ client }: Session, members: Iterable<string>): Promise<number> {
  let count = 0;
  // Nobody marks them as read here, so all of them are unread.
  await inLanes([...members], LANES, async (memberId) => {
    const { unread } = await patiently(() => client.notices.inbox.query({ memberId, limit: 1 }));
    count += unread;
  });
  return count;
}

/** The results of everything that members come back for. */
export interface Returning {
  readonly holders: readonly PointsHolder[];
  readonly milestones: readonly {
    readonly name: string;
    readonly reached: readonly { readonly at: string; readonly benefit: string; readonly members: number }[];
  }[];
  readonly notices: number;
  readonly emails: readonly { readonly kind: string; readonly state: string }[];
  readonly survey: Awaited<ReturnType<typeof readSurvey>>;
  readonly items: Awaited<ReturnType<typeof readItems>>;
}

async function readSurvey({ client }: Session) {
  const [{ total }, improvements] = await Promise.all([
    patiently(() => client.surveys.results.query({ ruleId: SURVEY })),
    patiently(() => client.surveys.improvements.query({ limit: 1 })),
  ]);
  const { asked, answered, responseRate, nps, promoters, passives, detractors } = total;
  const [improvement] = improvements.items;
  return {
    asked,
    answered,
    responseRate,
    nps,
    promoters,
    passives,
    detractors,
    improvement:
      improvement === undefined ? null : { title: improvement.title, answers: improvement.answers },
  };
}

async function readItems({ client }: Session) {
  const items = await allOf((cursor) => client.catalogue.list.query({ cursor, limit: PAGE }));
  return await Promise.all(
    items.map(async ({ id, name, method }) => {
      const { left } = await patiently(() => client.catalogue.stock.query({ id }));
      return { id, name, method, left };
    }),
  );
}

function benefitText(benefit: MilestoneBenefit | undefined): string {
  if (benefit === undefined) return '';
  return benefit.kind === 'fixed'
    ? formatMoney({ minor: BigInt(benefit.amount.minor), unit: benefit.amount.unit })
    : benefit.label;
}

type MilestoneBenefit = Awaited<
  ReturnType<Session['client']['milestones']['list']['query']>
>['items'][number]['thresholds'][number]['benefit'];

/** Reads what the summary shows of it. */
export async function readReturning(session: Session, holders: readonly PointsHolder[]): Promise<Returning> {
  const { client } = session;
  const milestones = await patiently(() => client.milestones.list.query());
  const emails = await allOf((cursor) => client.notices.deliveries.query({ cursor, limit: PAGE }));
  return {
    holders,
    milestones: milestones.items.map(({ name, reached, thresholds }) => ({
      name,
      reached: reached.map(({ at, members }, step) => ({
        at: typeof at === 'object' ? at.minor : String(at),
        benefit: benefitText(thresholds[step]?.benefit),
        members,
      })),
    })),
    notices: await countNotices(
      session,
      holders.map(({ memberId }) => memberId),
    ),
    emails: emails.map(({ kind, state }) => ({ kind, state })),
    survey: await readSurvey(session),
    items: await readItems(session),
  };
}
