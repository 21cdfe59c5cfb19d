import type { Activities } from '../../activities/create.ts';
import type { TestDatabase } from './database.ts';
import { rawSql } from './ledger.ts';
import { milestonePolicy, playMilestones, testMilestone } from './milestones.ts';
import { testNotices } from './notices.ts';
import { at } from './play.ts';
import { testSurveyRule } from './survey-rule.ts';

/** Ann, whose first friend earns her a survey and whose second a milestone, and who is told of all of it. */
export async function playKeptMember(database: TestDatabase, activities: Activities) {
  const surveys = [testSurveyRule({ moment: { on: 'first_reward' } })];
  const policy = milestonePolicy([testMilestone()], { surveys, notices: testNotices() });
  const play = await playMilestones(database, activities, policy);
  const { db } = database;
  const { programId, memberId } = play.ref;
  const open = async () => {
    const where = { programId, workflowId: `member-${memberId}`, state: { not: 'decided' } } as const;
    const events = await db.event.findMany({ where, orderBy: { seq: 'asc' }, select: { id: true } });
    return events.map(({ id }) => id);
  };
  const keep = (eventIds: readonly string[]) =>
    activities.keepMember({ ...play.ref, eventIds, now_ms: at(1).getTime() });
  return {
    ...play,
    open,
    keep,
    /** Takes what waits for her, so many calls at the same time, until nothing is left. */
    async drain(calls = 1): Promise<void> {
      for (let ids = await open(); ids.length > 0; ids = await open()) {
        const batch = ids;
        await Promise.all(Array.from({ length: calls }, () => keep(batch)));
      }
    },
    /** What she has in the end, in the order of its names. */
    async result() {
      const where = { programId, memberId };
      const notices = await db.notice.findMany({ where, select: { kind: true, email: true } });
      return {
        awards: (await play.awards()).map(({ step, nth, status }) => ({ step, nth, status })),
        surveys: await db.survey.count({ where }),
        calls: await db.event.count({ where: { programId, type: 'survey.due' } }),
        notices: notices.map(({ kind, email }) => `${kind} ${email?.state}`).sort(),
        available_minor: (await play.program.balance(memberId)).available_minor,
      };
    },
  };
}

/** Ends every transaction that stores a row of this table, as a kill there would, while `run` runs. */
export async function whileKilledAt(
  { ownerUrl }: TestDatabase,
  table: 'milestone_awards' | 'surveys' | 'notice_emails',
  run: () => Promise<void>,
): Promise<void> {
  await rawSql(
    ownerUrl,
    `CREATE FUNCTION killed_here() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
     CREATE TRIGGER killed_here BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION killed_here()`,
  );
  try {
    await run();
  } finally {
    await rawSql(ownerUrl, `DROP TRIGGER killed_here ON ${table}; DROP FUNCTION killed_here()`);
  }
}
