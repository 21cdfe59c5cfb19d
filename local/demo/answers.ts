import { SURVEY } from './members-policy.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { randomOf } from './random.ts';
import { once, type Session } from './session.ts';

const LANES = 8;
const WAIT_MS = 5_000;
/** How many of a hundred answer a survey: */
export const ANSWER_SHARE = 0.6;
/** of a hundred of those, so many give 9 or 10, and so many 7 or 8; the others 3 to 6. */
const PROMOTER_SHARE = 0.55;
const PASSIVE_SHARE = 0.25;

const PRAISE = ['Found every record that I looked for', 'My friends thanked me for it', 'Quick and friendly'];
const DOUBT = ['Good prices, plain pages', 'The search could be better', 'It works'];
const COMPLAINT = ['Delivery took two weeks', 'Slow delivery, and no word of it', 'The search finds nothing'];

const IMPROVEMENT = {
  title: 'Delivery within three days',
  description: 'We have a second warehouse now, and write to you when a parcel leaves it.',
};

/** What a member answers, by the name that the shop gave: the same in every run; null: nothing. */
export function answerOf(externalId: string): { readonly nps: number; readonly comment: string } | null {
  const random = randomOf('answer', externalId);
  if (random() >= ANSWER_SHARE) return null;
  const mood = random();
  const [from, steps, words] =
    mood < PROMOTER_SHARE
      ? ([9, 2, PRAISE] as const)
      : mood < PROMOTER_SHARE + PASSIVE_SHARE
        ? ([7, 2, DOUBT] as const)
        : ([3, 4, COMPLAINT] as const);
  const nps = from + Math.floor(random() * steps);
  return { nps, comment: words[Math.floor(random() * words.length)] ?? '' };
}

/**
 * Answers the open surveys, as their members would, and waits until each answer is recorded. Returns how many
 * were new.
 */
export async function answerSurveys(
  { client }: Session,
  names: ReadonlyMap<string, string>,
): Promise<number> {
  const asked = await allOf((cursor) => client.surveys.list.query({ cursor, limit: PAGE, status: 'asked' }));
  let fresh = 0;
  await inLanes(asked, LANES, async ({ id, memberId }) => {
    const answers = answerOf(names.get(memberId) ?? '');
    if (answers === null) return;
    fresh += 1;
    const input = { id, memberId, answers, wait_ms: WAIT_MS };
    await patiently(() => client.surveys.answer.mutate(input, once('answer', id)));
  });
  return fresh;
}

/**
 * Records, once, the change that complaints about slow delivery led to, of which the engine notifies those
 * who complained. Returns how many changes were new.
 */
export async function improve({ client }: Session): Promise<number> {
  const { items: made } = await patiently(() => client.surveys.improvements.query({ limit: 1 }));
  if (made.length > 0) return 0;
  const search = { search: 'delivery', group: 'detractor' as const, ruleId: SURVEY, limit: PAGE };
  const { items } = await patiently(() => client.surveys.comments.query(search));
  const surveyIds = items.map(({ surveyId }) => surveyId);
  if (surveyIds.length === 0) return 0;
  await patiently(() => client.surveys.improve.mutate({ ...IMPROVEMENT, surveyIds }, once('improvement')));
  return 1;
}
