import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { EXPORT_PARTS, type ExportPlace, exportRows } from '../../engine/privacy/export.ts';
import { personOf } from '../../engine/privacy/person.ts';
import { errorCodes } from '../../platform/log.ts';
import { fail } from '../http/errors.ts';
import { idAnswer, nextCursorAnswer } from '../trpc/answers.ts';
import { memberIdOf, namedById } from '../trpc/lookups.ts';
import { mutation } from '../trpc/procedures.ts';
import { requiredNote } from '../trpc/schemas.ts';
import { BY_ID, oneMember } from '../trpc/which-member.ts';

const ROWS_MAX = 1_000;
const CURSOR_MAX = 1_000;
/** SQLSTATE of values that are none of their type, as in a cursor that somebody made up. */
const DATA_EXCEPTION = /^22/;

const exportInput = oneMember(BY_ID, {
  note: requiredNote,
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_MAX)
    .meta({ description: 'The `nextCursor` of the page before.', format: 'base64url' })
    .nullish(),
  limit: z
    .number()
    .int()
    .min(1)
    .max(ROWS_MAX)
    .default(ROWS_MAX)
    .meta({ description: 'The most rows to return.' }),
});

const exportedRow = z
  .strictObject({
    of: z.string().meta({ description: 'What it is a row of.', examples: ['members'] }),
    row: z
      .record(z.string(), z.unknown())
      .readonly()
      .meta({
        description: 'Its fields. Amounts are decimal strings, times are in UTC.',
        examples: [{ id: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d', email: 'ann@example.com' }],
      }),
  })
  .meta({ id: 'ExportedRow' });

const memberExport = z
  .strictObject({
    memberId: idAnswer,
    rows: z
      .array(exportedRow)
      .readonly()
      .nullable()
      .meta({ description: 'Null in a replay, which is read once.' }),
    nextCursor: nextCursorAnswer,
  })
  .meta({ id: 'MemberExport', description: 'A page of all that is kept of a member.' });

/** An operator exports all that is kept of a member, for that member. */
export const exportMember = mutation()
  .meta({
    rest: 'exportMember POST /members/{id}/export',
    doc:
      'Exports all that is kept of a member, a page at a time: each row says what it is of. Of other ' +
      'people it has nothing but ids. The audit log names who asked, and why. A replay under the same ' +
      'idempotency key has null in place of the rows. Refuses with `member_unknown`.',
    shownOnce: 'rows',
  })
  .input(exportInput)
  .output(memberExport)
  .mutation(async ({ ctx: { tx, programId, actor }, input }) => {
    const { note, cursor, limit } = input;
    const memberId = await memberIdOf(tx, programId, namedById(input));
    const place = cursor == null ? null : placeIn(cursor);
    const person = await personOf(tx, programId, memberId);
    if (person === null) throw fail('member_unknown', 'There is no such member.');
    const { rows, next } = await exportRows(tx, person, place, limit).catch((error: unknown) => {
      throw place !== null && errorCodes(error).some((code) => DATA_EXCEPTION.test(code)) ? bad() : error;
    });
    const detail = { note, rows: rows.length };
    await audit(tx, { programId, actor, action: 'member.exported', subject: `member:${memberId}`, detail });
    return {
      memberId,
      rows: rows as typeof rows | null,
      nextCursor: next === null ? null : Buffer.from(JSON.stringify(next), 'utf8').toString('base64url'),
    };
  });

const placeForm = z.strictObject({
  memberId: z.uuid(),
  part: z.enum(EXPORT_PARTS),
  after: z.record(z.string(), z.string()).nullable(),
});

/** The place that a cursor says; throws `input_invalid` when it is none of ours. */
function placeIn(cursor: string): ExportPlace {
  try {
    return placeForm.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw bad();
  }
}

const bad = () =>
  fail('input_invalid', 'The cursor is not one that this export gave.', [
    { path: 'cursor', message: 'unknown cursor' },
  ]);
