import { z } from 'zod';
import { SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX } from '../../domain/notices/policy.ts';
import { boundedRecord } from '../trpc/schemas.ts';

/** More than there are kinds of notices, and more languages than anybody writes them in. */
const KINDS_MAX = 64;
const LANGUAGES_MAX = 64;

const kind = z.string().min(1).max(64);
const clock = z.string().max(5);
const template = z
  .strictObject({
    subject: z.string().max(SUBJECT_LENGTH_MAX),
    text: z.string().max(TEXT_LENGTH_MAX),
  })
  .meta({ id: 'NoticeTemplate' });

/** A policy's section `notices` on the wire; what it may say, `checkNotices` and `checkTemplates` judge. */
export const noticesSchema = z
  .strictObject({
    quiet_hours: z.strictObject({ from: clock, to: clock }).meta({ id: 'QuietHours' }).nullable(),
    email_per_day_max: z.number().int().min(0).max(1_000_000),
    kinds: boundedRecord(
      kind,
      z.strictObject({ inbox: z.boolean(), email: z.boolean() }).meta({ id: 'NoticeChannels' }),
      KINDS_MAX,
    ),
    templates: boundedRecord(
      kind,
      boundedRecord(z.string().min(1).max(35), template, LANGUAGES_MAX),
      KINDS_MAX,
    ).exactOptional(),
  })
  .meta({ id: 'NoticeRules' });
