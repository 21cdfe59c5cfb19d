import { formatMoney } from '../../domain/money.ts';
import { SURVEY } from './members-policy.ts';
import { allOf, PAGE, patiently } from './patience.ts';
import type { Session } from './session.ts';

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
  const listed = await allOf((cursor) => client.points.list.query({ cursor, limit: PAGE }));
  const points = new Map(listed.map((it) => [it.memberId, it]));
  const holders = [...names].map(([memberId, name]) => {
    const it = points.get(memberId);
    const [lifetime, available] = [Number(it?.lifetime.minor ?? 0), Number(it?.available.minor ?? 0)];
    return { memberId, name, lifetime, available, level: it?.level?.id ?? null };
  });
  return holders.sort((a, b) => b.lifetime - a.lifetime || (a.name < b.name ? -1 : 1));
}

/** The results of everything that members come back for. */
export interface Returning {
  readonly holders: readonly PointsHolder[];
  readonly milestones: readonly {
    readonly name: string;
    readonly reached: readonly { readonly at: string; readonly benefit: string; readonly members: number }[];
  }[];
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
  const [milestones, emails, survey, items] = await Promise.all([
    patiently(() => client.milestones.list.query()),
    allOf((cursor) => client.notices.deliveries.query({ cursor, limit: PAGE })),
    readSurvey(session),
    readItems(session),
  ]);
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
    emails: emails.map(({ kind, state }) => ({ kind, state })),
    survey,
    items,
  };
}
