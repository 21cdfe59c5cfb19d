import { z } from 'zod';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { instant, pageFields, unitCode } from '../trpc/schemas.ts';

const code = (what: string, example: string) => unitCode.meta({ description: what, examples: [example] });

/** Texts of where a rate is from: printable, on one line. */
const source = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')
  .meta({ description: 'Where it is from.', examples: ['Reference rate of the central bank'] });

export const setRateInput = z
  .strictObject({
    from: code('The unit of which the rate says what one is worth.', 'EUR'),
    to: code('The unit in which it says so.', 'USD'),
    rate: z
      .string()
      .min(1)
      .max(64)
      .meta({
        description:
          'How many of `to` one of `from` is: an exact decimal above zero, of at most 9 digits, a point ' +
          'and 12 more. It serves the other way too, by division.',
        examples: ['1.0853'],
      }),
    validFrom: instant.optional().meta({
      description: 'From when on it counts, by the time of events; left out: now. Not in the future.',
      examples: ['2026-01-15T00:00:00Z'],
    }),
    source: source.optional(),
  })
  .meta({ examples: [{ from: 'EUR', to: 'USD', rate: '1.0853', validFrom: '2026-01-15T00:00:00Z' }] });

export const listRatesInput = z
  .strictObject({
    ...pageFields,
    unit: unitCode
      .optional()
      .meta({ description: 'Only rates of this unit, either way.', examples: ['EUR'] }),
  })
  .prefault({});

export const rateAnswer = z
  .strictObject({
    id: idAnswer,
    from: z.string().meta({ examples: ['EUR'] }),
    to: z.string().meta({ examples: ['USD'] }),
    rate: z.string().meta({ description: 'How many of `to` one of `from` is.', examples: ['1.0853'] }),
    validFrom: timeAnswer,
    source: z
      .string()
      .nullable()
      .meta({ examples: ['Reference rate of the central bank'] }),
    setBy: z.string().meta({ examples: ['key:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'] }),
    setAt: timeAnswer,
  })
  .meta({ id: 'Rate', description: 'What one unit is worth in another, from a time on.' });
