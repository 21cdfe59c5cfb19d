import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const action = { key: 'a', type: 'purchase', subject: 'buyer' };
const worth = (minor: unknown, unit: unknown = 'USD') => ({ ...action, value: { minor, unit } });
const refused = (input: unknown, code: string, status = 400) =>
  expectRefused(api, () => api.mutate('events.record', input), { status, code });

describe('an event is refused, counted and leaves no trace', () => {
  it.each([
    ['a negative amount', worth('-1'), 'amount_negative'],
    ['a fractional amount', worth('1.5'), 'amount_not_integer'],
    ['an amount with an exponent', worth('1e3'), 'amount_not_integer'],
    ['an enormous amount', worth('1000000000000001'), 'amount_too_large'],
    ['an unknown currency', worth('100', 'XXQ'), 'unit_unknown'],
    ['a currency that was withdrawn before', worth('100', 'DEM'), 'unit_withdrawn'],
    ['an amount that is a number', worth(100), 'input_invalid'],
    ['an amount of a million digits', worth('9'.repeat(100_000)), 'input_invalid'],
    [
      'a refund of nothing',
      { ...action, type: 'refund', refundOf: 'x', value: { minor: '0', unit: 'USD' } },
      'amount_zero',
    ],
    ['a refund that names no event', { ...action, type: 'refund' }, 'input_invalid'],
    ['a signup without a subject', { key: 'a', type: 'signup' }, 'input_invalid'],
    ['a signup whose subject is a number', { key: 'a', type: 'signup', subject: 42 }, 'input_invalid'],
    [
      'a field that signups have not',
      { key: 'a', type: 'signup', subject: 's', click: '7' },
      'input_invalid',
    ],
    ['a purchase with a code', { ...action, code: 'k7m2xq9a' }, 'input_invalid'],
    ['an unknown field', { ...action, amount: 5 }, 'input_invalid'],
    [
      'a value on a signup',
      { key: 'a', type: 'signup', subject: 's', value: { minor: '1', unit: 'USD' } },
      'input_invalid',
    ],
    ['a type with a dot, as our own commands have', { ...action, type: 'review.approved' }, 'input_invalid'],
    ['a type in capitals', { ...action, type: 'Purchase' }, 'input_invalid'],
    ['a reserved key', { ...action, key: 'command:1' }, 'input_invalid'],
    ['the key of a hand-over', { ...action, key: 'acted:1' }, 'input_invalid'],
    ['an empty key', { ...action, key: '' }, 'input_invalid'],
    ['a key of 256 characters', { ...action, key: 'k'.repeat(256) }, 'input_invalid'],
    ['a subject with a line break', { ...action, subject: 'a\nb' }, 'input_invalid'],
    [
      '65 properties',
      { ...action, properties: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`p${n}`, n])) },
      'input_invalid',
    ],
    [
      'properties with texts of more than 65,536 characters',
      {
        ...action,
        properties: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`p${n}`, 'x'.repeat(4_000)])),
      },
      'input_invalid',
    ],
    ['a wait of more than ten seconds', { ...action, wait_ms: 10_001 }, 'input_invalid'],
    ['a date without a time zone', { ...action, occurredAt: '2026-01-01T00:00:00' }, 'input_invalid'],
    ['a time that is no time', { ...action, occurredAt: '2026-13-45T99:00:00Z' }, 'input_invalid'],
    ['an ancient time', { ...action, occurredAt: '1989-12-31T23:59:59Z' }, 'time_too_old'],
    [
      'a future time',
      { ...action, occurredAt: new Date(Date.now() + 3_600_000).toISOString() },
      'time_future',
    ],
    ['a text with a NUL character', { ...action, subject: 'a\u0000b' }, 'text_invalid'],
    ['a text with half a surrogate pair', { ...action, properties: { a: '\ud800' } }, 'text_invalid'],
    ['no input', undefined, 'input_invalid'],
    ['a list instead of an event', [action], 'input_invalid'],
    ['null', null, 'input_invalid'],
  ])('for %s', async (_what, input, code) => {
    await refused(input, code);
  });

  it('for a time more than a day back under a key that may not import', async () => {
    const { token } = await api.key(['events:write']);
    const input = { ...action, occurredAt: new Date(Date.now() - 25 * 3_600_000).toISOString() };
    await expectRefused(api, () => api.mutate('events.record', input, { key: token }), {
      status: 403,
      code: 'backdating_forbidden',
    });
  });

  it('for another event under a key that came before', async () => {
    await api.mutate('events.record', { ...action, key: 'taken' });
    await refused({ ...action, key: 'taken', subject: 'another' }, 'key_reused', 422);
  });

  it('for a program that has not started', async () => {
    const other = await api.program({ draft: true });
    const send = () => api.mutate('events.record', action, { key: other.key });
    await expectRefused(api, send, { status: 409, code: 'program_not_live' });
  });

  it('for a batch of more than 500 events', async () => {
    const events = Array.from({ length: 501 }, (_, index) => ({ ...action, key: `n${index}` }));
    const send = () => api.mutate('events.recordBatch', { events });
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });
});

it('names the paths of what is wrong, and never repeats what was sent', async () => {
  const answer = await api.mutate('events.record', {
    ...action,
    type: 'refund',
    refundOf: 'order-secret-värde',
  });
  expect(JSON.parse(answer.text).error.data.issues).toEqual([
    { path: 'refundOf', message: 'must be printable ASCII' },
  ]);
  expect(answer.text).not.toContain('secret-v');
});

it('names each property that cannot be taken, in a batch too', async () => {
  const must = 'must be a text of at most 4,096 characters, a number, true, false, or null to leave it out';
  const wrong = Object.fromEntries(Array.from({ length: 62 }, (_, nth) => [`p${nth}`, nth % 2 ? [] : {}]));
  const event = { ...action, properties: { ...wrong, long: 'x'.repeat(4_097), ['n'.repeat(65)]: 1 } };
  const answer = await api.mutate('events.record', event);
  const { issues } = JSON.parse(answer.text).error.data;
  expect(issues).toHaveLength(64);
  expect(issues).toEqual([
    ...[...Object.keys(wrong), 'long'].map((name) => ({ path: `properties.${name}`, message: must })),
    { path: `properties.${'n'.repeat(65)}`, message: 'must have a name of 1 to 64 characters' },
  ]);
  const { data } = await api.mutate('events.recordBatch', { events: [event] });
  for (const { path } of issues) expect(data.results[0].message).toContain(`${path}: must`);
});
