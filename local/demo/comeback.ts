import { answerSurveys, improve } from './answers.ts';
import { startBar } from './bar.ts';
import type { Offer } from './catalogue.ts';
import { type PointsHolder, readPointsHolders } from './crowd.ts';
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

/** Members who have spent their points. */
export interface Spent {
  readonly names: ReadonlyMap<string, string>;
  readonly holders: readonly PointsHolder[];
  /** How many requested something in time. */
  readonly spent: number;
}

/** Members spend their points. Every event that gives some is decided. */
export async function spend(session: Session, offer: Offer): Promise<Spent> {
  const members = await allOf((cursor) => session.client.members.list.query({ cursor, limit: PAGE }));
  const names = new Map(members.map(({ id, externalId }) => [id, externalId]));
  const holders = await readPointsHolders(session, names);
  return { names, holders, spent: await spendPoints(session, offer, holders) };
}

/**
 * Members redeem the money that they have, answer their surveys, and get a notice about the change that
 * followed. Returns once no redemption and no e-mail is under way.
 */
export async function comeBack(
  session: Session,
  offer: Offer,
  { names, holders, spent }: Spent,
): Promise<Comeback> {
  const redeemed = await redeem(session, offer, names, (total) => startBar('members with enough', total));
  await revealCoupons(session);
  await settle(session);
  const answered = await answerSurveys(session, names);
  await settle(session);
  const improved = await improve(session);
  await settle(session);
  await awaitMail(session);
  return { fresh: spent + redeemed + answered + improved, holders };
}
