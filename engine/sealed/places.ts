import { type Sealing, type SealPurpose, type SealRing, sealedBy } from '../../platform/seal.ts';
import { issuerSealKey } from '../badges/keys.ts';
import { sourceSealKey } from '../billing/source.ts';
import { couponHash, couponSealKey, foldedCouponHash } from '../catalogue/coupon-seal.ts';
import { endpointSealKey } from '../payouts/endpoint.ts';
import { heldSealKey } from '../privacy/held.ts';
import { tokenSealKey } from '../tokens/seal-key.ts';
import { userMailSealKey } from '../users/mail.ts';
import { secondFactorSealing } from '../users/second-factor-seal.ts';
import { webhookSealKey } from '../webhooks/secrets.ts';

/** One column of the database that holds sealed text. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  /** Whether a row holds a list of texts in it. */
  readonly isList: boolean;
  /** The primary key's columns and their types, the program's first. */
  readonly key: readonly (readonly [column: string, type: string])[];
  /** How a row's text is sealed; `ids` has the values of `key`, in its order. */
  readonly sealing: (ring: SealRing, ids: readonly string[]) => Sealing;
  /** Columns with a hash of the text under the same secret, which must change together with it. */
  readonly hashes?: readonly {
    readonly column: string;
    readonly of: (secret: string, programId: string, text: string) => string;
  }[];
}

const PROGRAM = ['program_id', 'uuid'] as const;
const ID = ['id', 'uuid'] as const;

const sourceKey = {
  table: 'billing_sources',
  key: [PROGRAM, ['provider', 'billing_provider']],
  sealing: (ring, [program = '', provider = '']) => sealedBy(sourceSealKey(ring, program, provider)),
} satisfies Omit<SealedPlace, 'column' | 'isList'>;

/**
 * Every column with sealed text, by what it is sealed for. A column that is missing here loses its content
 * when an old secret goes; a test compares the list with the schema.
 */
export const SEALED_PLACES: Readonly<Record<SealPurpose, readonly SealedPlace[]>> = {
  'badge issuer key': [
    {
      table: 'badge_issuer_keys',
      column: 'sealed_secret',
      isList: false,
      key: [PROGRAM, ID],
      sealing: (ring, [program = '', id = '']) => sealedBy(issuerSealKey(ring, program, id)),
    },
  ],
  'billing source': [
    { ...sourceKey, column: 'sealed_secrets', isList: true },
    { ...sourceKey, column: 'sealed_api_key', isList: false },
  ],
  'coupon code': [
    {
      table: 'coupon_codes',
      column: 'sealed_code',
      isList: false,
      key: [PROGRAM, ID],
      sealing: (ring, [program = '', id = '']) => sealedBy(couponSealKey(ring, program, id)),
      hashes: [
        { column: 'code_hash', of: couponHash },
        { column: 'folded_hash', of: foldedCouponHash },
      ],
    },
  ],
  'payout endpoint': [
    {
      table: 'payout_endpoints',
      column: 'sealed_secret',
      isList: false,
      key: [PROGRAM],
      sealing: (ring, [program = '']) => sealedBy(endpointSealKey(ring, program)),
    },
  ],
  'payout record': [
    {
      table: 'held_payouts',
      column: 'sealed',
      isList: false,
      key: [PROGRAM, ['redemption_id', 'uuid']],
      sealing: (ring, [program = '', redemption = '']) => sealedBy(heldSealKey(ring, program, redemption)),
    },
  ],
  'second factor': ['sealed_secret', 'sealed_backup_codes'].map((column) => ({
    table: 'user_two_factors',
    column,
    isList: false,
    key: [ID],
    sealing: secondFactorSealing,
  })),
  'token secret': [
    {
      table: 'token_secrets',
      column: 'sealed',
      isList: false,
      key: [PROGRAM, ID],
      sealing: (ring, [, id = '']) => sealedBy(tokenSealKey(ring, id)),
    },
  ],
  // They live for minutes or a week, and are sealed again all the same: a link that is lost keeps
  // somebody out.
  'user email': [
    {
      table: 'user_emails',
      column: 'sealed',
      isList: false,
      key: [ID],
      sealing: (ring, [id = '']) => sealedBy(userMailSealKey(ring, id)),
    },
  ],
  'webhook endpoint': [
    {
      table: 'webhook_secrets',
      column: 'sealed',
      isList: false,
      key: [PROGRAM, ['endpoint_id', 'uuid'], ID],
      sealing: (ring, [, , id = '']) => sealedBy(webhookSealKey(ring, id)),
    },
  ],
};
