import { formatMoney, type MoneyJson } from '../../domain/money.ts';
import { ACHIEVEMENTS } from './achievements.ts';
import { AMBASSADORS, type Customer } from './history.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { externalIdOf } from './people.ts';
import type { DemoMember } from './replay.ts';
import { type Boards, seasonOf } from './season.ts';
import { once, type Session } from './session.ts';

const LANES = 4;
const TOP = 5;

const BOARDS = [
  { slug: 'friends', name: 'Friends, of all time', metric: 'qualified_referrals', period: 'all_time' },
  { slug: 'seasons', name: 'Friends, by season', metric: 'qualified_referrals', period: 'season' },
] as const;

/** Defines the badges and makes the boards, before anything happens that they count. */
export async function openHonours({ client }: Session): Promise<Boards> {
  for (const achievement of ACHIEVEMENTS) {
    await patiently(() => client.badges.define.mutate(achievement, once('achievement', achievement.label)));
  }
  const ids: string[] = [];
  for (const board of BOARDS) {
    ids.push((await patiently(() => client.leaderboards.create.mutate(board, once('board', board.slug)))).id);
  }
  return { friends: ids[0] ?? '', seasons: ids[1] ?? '' };
}

/** The ambassadors agree to be seen on the boards. */
export async function nameAmbassadors(
  { client }: Session,
  customers: readonly Customer[],
  members: ReadonlyMap<string, DemoMember>,
): Promise<void> {
  await inLanes(customers.slice(0, AMBASSADORS), LANES, async (customer) => {
    const id = members.get(customer.id)?.id ?? '';
    const input = { id, displayName: externalIdOf(customer.id) };
    await patiently(() => client.members.setDisplayName.mutate(input, once('name', id)));
  });
}

/** Signs the badges that are due, without waiting for the schedule to do so. Returns how many were new. */
export async function signBadges({ client }: Session): Promise<number> {
  const [granted, signed] = await Promise.all([
    allOf((cursor) => client.rewards.list.query({ cursor, limit: PAGE, kind: 'badge', status: 'available' })),
    allOf((cursor) => client.badges.list.query({ cursor, limit: PAGE })),
  ]);
  const has = new Set(signed.map(({ rewardId }) => rewardId));
  const due = granted.filter(({ id }) => !has.has(id));
  await inLanes(due, LANES, ({ id: rewardId }) =>
    patiently(() => client.badges.issue.mutate({ rewardId }, once('badge', rewardId))),
  );
  return due.length;
}

/** What members have to show. */
export interface Honours {
  /** The best of all time: name, or null when hidden, and friends. */
  readonly top: readonly { readonly rank: number; readonly name: string | null; readonly score: string }[];
  /** Final standings of today's season with what each won; null before its close. */
  readonly season:
    | readonly {
        readonly rank: number;
        readonly name: string | null;
        readonly score: string;
        readonly won: string | null;
      }[]
    | null;
  readonly badges: readonly { readonly label: string; readonly holder: string; readonly shareUrl: string }[];
}

/** Reads what the summary shows of boards and badges. */
export async function readHonours(session: Session, boards: Boards): Promise<Honours> {
  const { client } = session;
  const [top, season, credentials, members, achievements] = await Promise.all([
    patiently(() => client.leaderboards.top.query({ boardId: boards.friends, limit: TOP })),
    seasonOf(session, boards.seasons),
    allOf((cursor) => client.badges.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.members.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.badges.achievements.query({ cursor, limit: PAGE })),
  ]);
  const names = new Map(members.map(({ id, externalId }) => [id, externalId]));
  const labels = new Map(achievements.map(({ id, name }) => [id, name]));
  return {
    top: top.items.map(({ rank, displayName, score }) => ({ rank, name: displayName, score })),
    season: season?.state === 'awarded' ? await standingsOf(session, season.id) : null,
    badges: credentials
      .map(({ memberId, achievementId, shareUrl }) => ({
        label: labels.get(achievementId) ?? '',
        holder: names.get(memberId) ?? '',
        shareUrl,
      }))
      .sort((a, b) => (a.label + a.holder < b.label + b.holder ? -1 : 1)),
  };
}

async function standingsOf({ client }: Session, seasonId: string) {
  const { items } = await patiently(() => client.leaderboards.standings.query({ seasonId, limit: TOP }));
  return items.map(({ rank, displayName, score, won }) => ({
    rank,
    name: displayName,
    score,
    won: won === null ? null : wonText(won),
  }));
}

const wonText = ({
  label,
  amount,
}: {
  readonly label: string | null;
  readonly amount: MoneyJson | null;
}): string =>
  amount === null ? (label ?? '') : formatMoney({ minor: BigInt(amount.minor), unit: amount.unit });
