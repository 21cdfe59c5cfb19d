import { z } from 'zod';

/*
 * The parts that answers are made of. They are strict, because a field that they do not name would be one
 * that nobody meant to show: it is an internal error, and tests find it.
 */

/** Where `asSent` keeps the schema that an answer has the form of. */
export const AS_SENT = 'x-as-sent';

const uuid = '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d';

export const idAnswer = z.string().meta({ format: 'uuid', examples: [uuid] });

/** RFC 3339 in UTC. */
export const timeAnswer = z.string().meta({ format: 'date-time', examples: ['2026-01-15T09:30:00.000Z'] });

/**
 * Minor units as a decimal string, since a JSON number is not exact beyond 2^53. The unit is a currency or a
 * name.
 */
export const moneyAnswer = z
  .strictObject({
    minor: z.string().meta({ examples: ['1250'] }),
    unit: z.string().meta({ examples: ['USD'] }),
  })
  .meta({ id: 'Money', description: 'An amount in minor units of a currency (ISO 4217), or in points.' });

export const nextCursorAnswer = z
  .string()
  .nullable()
  .meta({
    description: 'Send it as `cursor` for the next page; null: there is none.',
    examples: ['MTc2ODQ2OTQwMDAwMC4wMTkyZjBjMQ'],
  });

/** A page of a list, of items that have a name. */
export function pageAnswer<T extends z.ZodType>(item: T) {
  const id = item.meta()?.['id'];
  if (typeof id !== 'string') throw new Error('the items of a list need a name: `.meta({ id })`');
  return z
    .strictObject({
      items: z.array(item).readonly(),
      nextCursor: nextCursorAnswer,
    })
    .meta({ id: `${id}Page` });
}

/** An answer in the form in which callers send the same thing, such as a policy. */
export const asSent = <T extends z.ZodType>(schema: T) =>
  z.custom<z.input<T>>(() => true).meta({ [AS_SENT]: schema });

/** Why something was decided, as it was stored then; each kind of rule has facts of its own. */
export const traceAnswer = z
  .custom<Readonly<Record<string, unknown>>>(() => true)
  .meta({ type: 'object', description: 'The rule, the facts that it saw, and every check.' });

export const sentencesAnswer = z.array(z.string()).meta({ description: 'The same in words, for people.' });
