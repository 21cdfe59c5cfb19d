import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type JsonSchema, toJsonSchema } from '../../api/rest/json-schema.ts';
import { OPERATIONS, type Operation } from '../../api/rest/operations.ts';
import { sampleOf } from '../../api/rest/sample.ts';
import { appRouter } from '../../api/router.ts';
import type { Meta } from '../../api/trpc/builder.ts';
import { DAY_MS } from '../../domain/time.ts';
import { useServed } from '../schemathesis/served.ts';
import type { Answer } from './harness.ts';

const served = useServed();

/** Names that lead to a place in an input; `0` into a list. */
type Way = readonly string[];

/** A place in an input that takes a moment, or a day alone. */
interface DatePlace {
  readonly way: Way;
  readonly isDay: boolean;
}

/** Where an input takes a date. */
function datesIn(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>, at: Way = []): DatePlace[] {
  const below = (it: JsonSchema, ...names: string[]) => datesIn(it, named, [...at, ...names]);
  const target = named[schema.$ref?.slice('#/$defs/'.length) ?? ''];
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [
    ...(schema.format === 'date-time' || schema.format === 'date'
      ? [{ way: at, isDay: schema.format === 'date' }]
      : []),
    ...(target === undefined ? [] : below(target)),
    ...options.flatMap((it) => below(it)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, it]) => below(it, name)),
    ...(schema.items === undefined ? [] : below(schema.items, '0')),
  ];
}

/** Every operation that takes a date, with its schema and where the dates are. */
const DATED = OPERATIONS.flatMap((operation) => {
  if (operation.input === null) return [];
  const schema = toJsonSchema(operation.input, 'input');
  const dates = datesIn(schema, schema.$defs ?? {});
  return dates.length === 0 ? [] : [{ operation, schema, dates }];
});

/** The input with a date in each of the places. */
function withDates(input: unknown, places: readonly DatePlace[], dateAt: (nth: number) => string): unknown {
  const copy = structuredClone(input);
  for (const [nth, { way, isDay }] of places.entries()) {
    let place = copy as Record<string, unknown>;
    for (const name of way.slice(0, -1)) place = place[name] as Record<string, unknown>;
    place[way.at(-1) ?? ''] = isDay ? dateAt(nth).slice(0, 'yyyy-mm-dd'.length) : dateAt(nth);
  }
  return copy;
}

/** An input of an operation that is good but for its dates. */
function inputOf({ id, path }: Operation, schema: JsonSchema): Record<string, unknown> {
  const { fields, ids, own } = served.world;
  const sample = sampleOf(schema, schema.$defs ?? {}) as Record<string, unknown>;
  const known = Object.entries(fields).filter(([name]) => name in sample);
  const noun = path.split('/')[1] ?? '';
  return {
    ...sample,
    ...Object.fromEntries(known),
    ...('id' in sample && ids[noun] !== undefined ? { id: ids[noun] } : {}),
    ...own[id],
  };
}

function send({ id, procedure, isChange }: Operation, input: unknown): Promise<Answer> {
  const { api, world } = served;
  const program = world.programs[id] ?? api.programId;
  const as = { key: api.platformKey, headers: { 'x-program-id': program } };
  return isChange ? api.mutate(procedure, input, as) : api.query(procedure, input, as);
}

/** The same over REST, where the fields are in the address. */
function ask({ id, path, pathFields }: Operation, input: unknown): Promise<Answer> {
  const { api, world } = served;
  const fields = Object.entries(input as object).filter(([, value]) => value !== null);
  const inPath = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(Object(input)[name]));
  const query = new URLSearchParams(fields.filter(([name]) => !pathFields.includes(name)).map(pair));
  const program = world.programs[id] ?? api.programId;
  return api.send(`/api/v1${inPath}?${query}`, {
    headers: { authorization: `Bearer ${api.platformKey}`, 'x-program-id': program },
  });
}

const pair = ([name, value]: [string, unknown]): [string, string] => [name, String(value)];

/** The ends of what four digits can say, of what offsets make of it, and of what a grace adds. */
const EXTREMES = [
  '0000-01-01T00:00:00Z',
  '0000-12-31T23:59:59-23:59',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '0099-02-28T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.001+00:00',
  '2262-04-11T23:47:16.854775807Z',
  '8999-12-31T23:59:59.999Z',
  '9999-12-31T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59.9999999Z',
  '9999-12-31T23:59:59-23:59',
  // The farthest that clocks on Earth are apart.
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59.999-14:00',
  '2024-02-29T23:59:59+14:00',
];

/** What looks like a date and is none, so that no form takes it. */
const NO_DATES = [
  '2016-12-31T23:59:60Z',
  '2023-02-29T00:00:00Z',
  '2026-01-15T24:00:00Z',
  '2026-01-15T09:30:00+24:00',
  '+010000-01-01T00:00:00Z',
];

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));

/** Any date that a form with an offset can write. */
const anyDate = fc
  .tuple(fc.integer({ min: 0, max: 9_999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .chain(([year, month, day]) =>
    fc
      .tuple(two(23), two(59), two(59), fc.constantFrom('Z', '+', '-'), two(23), two(59))
      .map(([hour, minute, second, sign, hours, minutes]) => {
        const date = [String(year).padStart(4, '0'), month, day].map((it) => String(it).padStart(2, '0'));
        const offset = sign === 'Z' ? 'Z' : `${sign}${hours}:${minutes}`;
        return `${date.join('-')}T${hour}:${minute}:${second}${offset}`;
      }),
  );

/** Answers that say it is the caller's input, or that all is well: never that something broke. */
const isOrderly = ({ status }: Answer) => status < 500;

describe.each(DATED.map((it) => [it.operation.id, it] as const))('%s', (_id, dated) => {
  const { operation, schema, dates } = dated;

  it('answers for any date that its form allows, and never breaks', async () => {
    const input = inputOf(operation, schema);
    for (const extreme of EXTREMES) {
      const together = await send(
        operation,
        withDates(input, dates, () => extreme),
      );
      expect([extreme, together.status, together.text]).toSatisfy(() => isOrderly(together));
      if (dates.length === 1) continue;
      // The other way round where there are several, so that a span is one that runs forwards.
      const spanning = await send(
        operation,
        withDates(input, dates, (nth) => (nth === 0 ? soon() : extreme)),
      );
      expect([extreme, spanning.status, spanning.text]).toSatisfy(() => isOrderly(spanning));
    }
    await fc.assert(
      fc.asyncProperty(fc.array(anyDate, { minLength: 4, maxLength: 4 }), async (some) => {
        const answer = await send(
          operation,
          withDates(input, dates, (nth) => some[nth % 4] ?? ''),
        );
        expect([some, answer.status, answer.text]).toSatisfy(() => isOrderly(answer));
      }),
      { numRuns: 10 },
    );
    // What was taken can be read back.
    expect(await lists()).toEqual([]);
  });

  it('refuses what is no date', async () => {
    const moments = dates.filter(({ isDay }) => !isDay);
    for (const wrong of moments.length === 0 ? [] : NO_DATES) {
      const input = withDates(inputOf(operation, schema), moments, () => wrong);
      const { status, text } = await send(operation, input);
      // A batch is taken, and says of each event in it what is wrong.
      const isRefused = (status >= 400 && status < 500) || /"status":"refused"|"input_invalid"/.test(text);
      expect([wrong, status, isRefused ? 'refused' : text]).toEqual([wrong, status, 'refused']);
    }
  });
});

const ASKED = DATED.filter(({ operation }) => operation.takesQuery && operation.asker === 'key');

it.each(ASKED.map((it) => [it.operation.id, it] as const))(
  '%s answers for any date in its address too',
  async (_id, { operation, schema, dates }) => {
    const input = inputOf(operation, schema);
    const askWith = (dateAt: (nth: number) => string) => ask(operation, withDates(input, dates, dateAt));
    expect((await askWith((nth) => `2026-01-0${nth + 1}T00:00:00Z`)).status).toBe(200);
    for (const date of EXTREMES) {
      const answer = await askWith(() => date);
      expect([date, answer.status, answer.text]).toSatisfy(() => isOrderly(answer));
    }
    for (const wrong of NO_DATES) expect([wrong, (await askWith(() => wrong)).status]).toEqual([wrong, 400]);
  },
);

it('no procedure that takes a date is left out', () => {
  const inRouter = Object.entries(
    appRouter._def.procedures as unknown as Readonly<Record<string, WithInputs>>,
  )
    .filter(([, { _def }]) =>
      _def.inputs.some((input) => {
        const schema = toJsonSchema(_def.meta?.accepts ?? (input as z.ZodType), 'input');
        return datesIn(schema, schema.$defs ?? {}).length > 0;
      }),
    )
    .map(([name]) => name);
  const tried = new Set(DATED.map(({ operation }) => operation.procedure));
  expect(inRouter.length).toBeGreaterThan(20);
  expect(inRouter.filter((name) => !tried.has(name))).toEqual([]);
});

interface WithInputs {
  readonly _def: { readonly inputs: readonly unknown[]; readonly meta?: Meta };
}

it('a cursor that nobody gave, of a time that nobody can write, is refused', async () => {
  const cursor = Buffer.from('999999999999999.0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d').toString('base64url');
  const answer = await served.api.query('members.list', { cursor });
  expect([answer.status, answer.code]).toEqual([400, 'input_invalid']);
});

const soon = () => new Date(Date.now() + DAY_MS).toISOString();

/** The lists that do not answer. */
async function lists(): Promise<string[]> {
  const { fields, ids } = served.world;
  const { api } = served;
  const asks: [string, object?][] = [
    ['programs.get'],
    ['members.list'],
    ['catalogue.list', {}],
    ['webhooks.list', {}],
    ['leaderboards.seasons', { boardId: fields['boardId'] }],
    ['catalogue.get', { id: ids['catalogue'] }],
  ];
  const answers = await Promise.all(
    asks.map(async ([name, input]) => [name, await api.query(name, input)] as const),
  );
  return answers.flatMap(([name, { status }]) => (status === 200 ? [] : [`${name} ${status}`]));
}
