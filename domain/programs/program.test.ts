import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enumInDatabase, expectDrawn } from '../../tests/support/stages.ts';
import {
  checkProgramTimes,
  dueSteps,
  nextProgram,
  PROGRAM_STATUSES,
  PROGRAM_STEPS,
  type ProgramTimes,
  programDiagram,
  statusAt,
} from './program.ts';

const ALLOWED = [
  ['draft', 'start', 'live'],
  ['draft', 'end', 'ended'],
  ['live', 'pause', 'paused'],
  ['live', 'end', 'ended'],
  ['paused', 'resume', 'live'],
  ['paused', 'end', 'ended'],
] as const;

/** A step to where the program is already changes nothing. */
const REPEATED = [
  ['live', 'start'],
  ['live', 'resume'],
  ['paused', 'pause'],
  ['ended', 'end'],
] as const;

describe('the steps of a program', () => {
  test.each(ALLOWED)('from %s, %s leads to %s', (from, step, to) => {
    expect(nextProgram(from, step)).toEqual({ ok: true, value: to });
  });

  test.each(REPEATED)('a program that is %s already stays so on %s', (status, step) => {
    expect(nextProgram(status, step)).toEqual({ ok: true, value: status });
  });

  const listed = new Set([...ALLOWED, ...REPEATED].map(([from, step]) => `${from} ${step}`));
  const others = PROGRAM_STATUSES.flatMap((from) =>
    PROGRAM_STEPS.map((step) => [from, step] as const),
  ).filter(([from, step]) => !listed.has(`${from} ${step}`));
  test.each(others)('from %s, %s is refused', (from, step) => {
    const code = from === 'ended' ? 'program_ended' : 'stage_forbids';
    expect(nextProgram(from, step)).toMatchObject({ ok: false, code });
  });

  test('the database knows the same states', () => {
    expect(enumInDatabase('ProgramStatus')).toEqual([...PROGRAM_STATUSES]);
  });

  test('the diagram draws every allowed move, both beginnings and the end, and nothing else', () => {
    expectDrawn(programDiagram(), { beginnings: ['draft', 'live'], moves: ALLOWED, ends: ['ended'] });
  });
});

const time = fc.option(fc.integer({ min: 0, max: 100 }), { nil: null });
const times: fc.Arbitrary<ProgramTimes> = fc.record({
  status: fc.constantFrom(...PROGRAM_STATUSES),
  starts_at_ms: time,
  ends_at_ms: time,
});
const now = fc.integer({ min: 0, max: 100 });

describe('times', () => {
  test('taking the due steps one after the other leads to the status that the times say', () => {
    fc.assert(
      fc.property(times, now, (program, now_ms) => {
        let status = program.status;
        for (const { step, at_ms } of dueSteps(program, now_ms)) {
          const next = nextProgram(status, step);
          if (!next.ok) throw new Error(`${step} is refused`);
          expect(at_ms).toBeLessThanOrEqual(now_ms);
          status = next.value;
        }
        expect(status).toBe(statusAt(program, now_ms));
        expect(dueSteps({ ...program, status }, now_ms)).toEqual([]);
      }),
    );
  });

  test('a program that has ended stays so whatever its times say, and only moves on as time passes', () => {
    fc.assert(
      fc.property(times, now, now, (program, one, other) => {
        const order = { draft: 0, live: 1, paused: 1, ended: 2 };
        const [early, late] = [Math.min(one, other), Math.max(one, other)];
        expect(order[statusAt(program, late)]).toBeGreaterThanOrEqual(order[statusAt(program, early)]);
        if (program.status === 'ended') expect(statusAt(program, late)).toBe('ended');
      }),
    );
  });

  test('a start counts from its millisecond on, and so does an end', () => {
    const program = { status: 'draft', starts_at_ms: 10, ends_at_ms: 20 } as const;
    expect([9, 10, 19, 20].map((now_ms) => statusAt(program, now_ms))).toEqual([
      'draft',
      'live',
      'live',
      'ended',
    ]);
  });

  test('a program that was paused by hand is not resumed by its start', () => {
    expect(statusAt({ status: 'paused', starts_at_ms: 10, ends_at_ms: null }, 20)).toBe('paused');
  });

  const draft = { status: 'draft', starts_at_ms: null, ends_at_ms: null } as const;
  const live = { status: 'live', starts_at_ms: 5, ends_at_ms: 30 } as const;
  test.each([
    ['an end before the start', draft, { starts_at_ms: 20, ends_at_ms: 15 }, 'program_ends_before_start'],
    ['an end at the start', draft, { starts_at_ms: 20, ends_at_ms: 20 }, 'program_ends_before_start'],
    ['a start that has passed', draft, { starts_at_ms: 10, ends_at_ms: null }, 'schedule_in_past'],
    ['an end that has passed', live, { starts_at_ms: 5, ends_at_ms: 9 }, 'schedule_in_past'],
    ['another start of what has begun', live, { starts_at_ms: 15, ends_at_ms: 30 }, 'stage_forbids'],
    [
      'another end of what has ended',
      { ...live, ends_at_ms: 9 },
      { starts_at_ms: 5, ends_at_ms: 50 },
      'program_ended',
    ],
    ['a later end', live, { starts_at_ms: 5, ends_at_ms: 50 }, 'ok'],
    ['no end', live, { starts_at_ms: 5, ends_at_ms: null }, 'ok'],
    ['a start and an end to come', draft, { starts_at_ms: 11, ends_at_ms: 12 }, 'ok'],
  ])('%s', (_name, before, after, expected) => {
    const checked = checkProgramTimes(before, { ...after, status: before.status }, 10);
    expect(checked.ok ? 'ok' : checked.code).toBe(expected);
  });
});
