import { answerSurveys, improve } from './answers.ts';
import { attendAll } from './attend.ts';
import type { Offer } from './catalogue.ts';
import { type PointsHolder, readPointsHolders } from './crowd.ts';
import { signBadges } from './honours.ts';
import { allOf, PAGE } from './patience.ts';
import { redeem } from './redeem.ts';
import type { Session } from './session.ts';
import { awaitMail, settle } from './settle.ts';
import { revealCoupons, spendPoints } from './spend-points.ts';

/** What members did after the replay. */
export interface Comeback {
  readonly fresh: number;
  readonly holders: readonly PointsHolder[];
}

/**
 * Today's season ends with prizes, and its badges are signed. Members redeem the money that they have, which
 * the prizes are part of, and spend their points meanwhile. They answer their surveys, and get a notice about
 * the change that followed. Returns once no redemption and no e-mail is under way.
 */
export async function comeBack(
  session: Session,
  offer: Offer,
  endSeason: () => Promise<number>,
): Promise<Comeback> {
  const members = await allOf((cursor) => session.client.members.list.query({ cursor, limit: PAGE }));
  const names = new Map(members.map(({ id, externalId }) => [id, externalId]));
  const holders = await readPointsHolders(session, names);
  const [spent, earned] = await Promise.all([
    spendPoints(session, offer, holders),
    spendPrizes(session, offer, names, endSeason),
  ]);
  await attendAll(session);
  await revealCoupons(session);
  await settle(session);
  const answered = await answerSurveys(session, names);
  const improved = await improve(session);
  await settle(session);
  await awaitMail(session);
  return { fresh: spent + earned + answered + improved, holders };
}

/** Returns how many seasons were closed, badges signed, and redemptions of money requested. */
async function spendPrizes(
  session: Session,
  offer: Offer,
  names: ReadonlyMap<string, string>,
  endSeason: () => Promise<number>,
): Promise<number> {
  const closed = await endSeason();
  const [signed, redeemed] = await Promise.all([signBadges(session), redeem(session, offer, names)]);
  return closed + signed + redeemed;
}
