import type { Shape } from './field.ts';

/** What a type of message is about, and how its payload looks. */
export interface MessageRule<N extends string, S extends Shape> {
  /** Rises when a change of the payload breaks a receiver; a field more does not. */
  readonly version: 1;
  /** The nouns of the subject, as in `referral:<id>`: messages of one subject keep their order. */
  readonly subjects: readonly N[];
  /** What happened, for the documentation. */
  readonly says: string;
  readonly payload: S;
}

/** A rule whose subjects are given as `referral` or, where it depends, as `referral|member`. */
export const message = <const N extends string, S extends Shape>(
  subjects: readonly N[],
  says: string,
  payload: S,
): MessageRule<N, S> => ({ version: 1, subjects, says, payload });
