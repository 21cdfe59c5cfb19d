import type { Money } from '../../money.ts';
import { type Refusal, refuse } from '../../refusal.ts';

/** Formats of other providers in which a batch can be paid. */
export const PAYMENT_PROFILES = ['paypal', 'wise', 'sepa'] as const;
export type PaymentProfile = (typeof PAYMENT_PROFILES)[number];

/** The field of a destination that says where a profile pays to. Without it a redemption is for another. */
export const PROFILE_FIELDS: Readonly<Record<PaymentProfile, string>> = {
  paypal: 'paypal',
  wise: 'wiseRecipientId',
  sepa: 'iban',
};

/** A payout of a batch, as a profile reads it. */
export interface DuePayment {
  readonly redemptionId: string;
  readonly amount: Money;
  readonly destination: Readonly<Record<string, string>>;
}

/** A redemption's id without its dashes: 32 hexadecimal digits. */
export const digitsOf = (id: string): string => id.replaceAll('-', '');

/** A field of a destination without white space around it; empty when it is not there. */
export const fieldOf = (payment: DuePayment, name: string): string =>
  (payment.destination[name] ?? '').trim();

/** Refuses a destination for one of its fields, without the field's content. */
export const badField = (name: string, message: string): Refusal<'destination_invalid'> =>
  refuse('destination_invalid', `The field ${name} of the destination ${message}.`);
