import type { Conversion } from '../../domain/rates/convert.ts';
import type { Speaker } from './speaker.ts';

/** How an event's value was converted, in a sentence; none where it was not. */
export function explainConversion(by: Speaker, conversion: Conversion | undefined): string[] {
  if (conversion === undefined) return [];
  const { sent, counted, rate, rate_from: from, rate_to: to, rate_valid_from } = conversion;
  return [
    by.say('event.converted', {
      sent: by.amount(sent),
      counted: by.amount(counted),
      rate: by.decimal(rate),
      from,
      to,
      day: by.day(new Date(rate_valid_from)),
    }),
  ];
}

/** The conversion that an event's outcome has on record. */
export const convertedIn = (trace: unknown): Conversion | undefined =>
  ((trace ?? {}) as { readonly converted?: Conversion }).converted;
