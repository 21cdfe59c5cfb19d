import { gzipSync } from 'node:zlib';
import { STATUS_LIST_SIZE, statusBits, statusListDocument } from '../../domain/badges/status-list.ts';
import { badgeUrls, type IssuerForm } from '../../domain/badges/urls.ts';
import type { Database } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { issuerOf } from './issue.ts';
import { type BadgeSettings, issuerKey } from './keys.ts';
import { signCredential } from './sign.ts';

/**
 * Gzip, then base64url with its multibase prefix and without padding, as Bitstring Status List 1.0 requires.
 */
const encodeList = (bits: Uint8Array): string => `u${gzipSync(bits).toString('base64url')}`;

/** The encoded bits of one list as it stands now. The same revocations give the same text. */
export async function encodedListOf(db: Database, programId: string, list: number): Promise<string> {
  const first = list * STATUS_LIST_SIZE;
  const rows = await db.$queryRaw<{ index: number }[]>`
    SELECT c.status_index - ${first} AS index
    FROM badge_credentials c JOIN rewards r ON r.program_id = c.program_id AND r.id = c.reward_id
    WHERE c.program_id = ${programId}::uuid AND r.kind = 'badge' AND r.status = 'reversed'
      AND c.status_index >= ${first} AND c.status_index < ${first + STATUS_LIST_SIZE}`;
  return encodeList(statusBits(rows.map(({ index }) => index)));
}

/**
 * How many lists the program has: none before its first credential, so that a request for a list does not
 * make the program a key.
 */
export async function countLists(db: Database, programId: string): Promise<number> {
  const { _max } = await db.badgeCredential.aggregate({ where: { programId }, _max: { statusIndex: true } });
  return _max.statusIndex === null ? 0 : Math.floor(_max.statusIndex / STATUS_LIST_SIZE) + 1;
}

interface ListToSign {
  readonly list: number;
  readonly form: IssuerForm;
  readonly encodedList: string;
  readonly now: Date;
}

/** Signs the credential of one list, as the issuer of the badges that name it. Throws `IssuerKeyError`. */
export async function signStatusList(
  db: Database,
  settings: Pick<BadgeSettings, 'publicUrl' | 'ring'>,
  program: Program,
  { list, form, encodedList, now }: ListToSign,
): Promise<object> {
  const urls = badgeUrls(settings.publicUrl);
  const issuer = issuerOf(program, urls, form);
  const document = statusListDocument({
    id: urls.statusList(program.id, list, form),
    issuer,
    valid_from_ms: now.getTime(),
    encodedList,
  });
  const key = await issuerKey(db, program.id, settings.ring);
  return await signCredential(document, issuer.id, key, now);
}
