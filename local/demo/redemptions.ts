import { allOf, PAGE } from './patience.ts';
import type { Session } from './session.ts';

/** Every redemption of the program. */
export const redemptionsOf = ({ client }: Session) =>
  allOf((cursor) => client.redemptions.list.query({ cursor, limit: PAGE }));

/** Members who requested an item priced in this unit, whatever its status is now. */
export async function haveRedeemed(session: Session, unit: string): Promise<ReadonlySet<string>> {
  const own = (await redemptionsOf(session)).filter(({ amount }) => amount.unit === unit);
  return new Set(own.map(({ memberId }) => memberId));
}
