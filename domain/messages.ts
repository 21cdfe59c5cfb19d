import { BADGE_MESSAGES } from './messages/badges.ts';
import { EARLIER_FORMS } from './messages/earlier.ts';
import { exampleOf, formOf, isRecord, misfitsOf, type ShapeValue } from './messages/field.ts';
import { LEADERBOARD_MESSAGES } from './messages/leaderboards.ts';
import { MEMBER_MESSAGES } from './messages/members.ts';
import { MILESTONE_MESSAGES } from './messages/milestones.ts';
import { POINTS_MESSAGES } from './messages/points.ts';
import { PROGRAM_MESSAGES } from './messages/programs.ts';
import { REDEMPTION_MESSAGES } from './messages/redemptions.ts';
import { REFERRAL_MESSAGES } from './messages/referrals.ts';
import { REWARD_MESSAGES } from './messages/rewards.ts';
import { SURVEY_MESSAGES } from './messages/surveys.ts';
import { WEBHOOK_MESSAGES } from './messages/webhooks.ts';

/** Every type of message that the outbox holds. */
export const MESSAGES = {
  ...REFERRAL_MESSAGES,
  ...REWARD_MESSAGES,
  ...BADGE_MESSAGES,
  ...POINTS_MESSAGES,
  ...MILESTONE_MESSAGES,
  ...LEADERBOARD_MESSAGES,
  ...REDEMPTION_MESSAGES,
  ...SURVEY_MESSAGES,
  ...MEMBER_MESSAGES,
  ...PROGRAM_MESSAGES,
  ...WEBHOOK_MESSAGES,
};

type Messages = typeof MESSAGES;
export type MessageType = keyof Messages;

/**
 * What a message of one type, or of several, says: ids, amounts and names of the program's own, nothing of a
 * person.
 */
export type MessagePayload<T extends MessageType> = ShapeValue<Messages[T]['payload']>;

/** A message: narrow it by `type`. */
export type Message<T extends MessageType = MessageType> = {
  readonly [K in T]: {
    readonly type: K;
    /** Of the payload's form. It is a constant of the code by type, and no column. */
    readonly version: Messages[K]['version'];
    /** Once per program: a repeat of the step that writes it writes nothing new. */
    readonly key: string;
    /** What it is about. Messages of one subject go out in order. */
    readonly subject: `${Messages[K]['subjects'][number]}:${string}`;
    /** Members whom it concerns: their workflows are handed it, where the program has rules for them. */
    readonly members: readonly string[];
    readonly payload: MessagePayload<K>;
  };
}[T];

/** A row of the outbox. */
export interface StoredMessage {
  readonly key: string;
  readonly subject: string;
  readonly members: readonly string[];
  readonly type: string;
  readonly payload: unknown;
}

export const MESSAGE_TYPES = Object.keys(MESSAGES) as readonly MessageType[];

export const isMessageType = (type: string): type is MessageType => Object.hasOwn(MESSAGES, type);

/**
 * The message that a row of the outbox holds, in its present form whatever form it was written in; null when
 * its type is not one of ours or its payload cannot be read.
 */
export function parseMessage(row: StoredMessage): Message | null {
  if (!isMessageType(row.type) || !isRecord(row.payload)) return null;
  const body = row.payload;
  const present = EARLIER_FORMS[row.type]?.(body) ?? body;
  const { payload: shape, version } = MESSAGES[row.type];
  // A field that came to a type later is null where a row was written before it.
  const payload = Object.fromEntries(Object.keys(shape).map((name) => [name, present[name] ?? null]));
  return misfitsOf(shape, payload).length === 0 ? ({ ...row, version, payload } as Message) : null;
}

/** What is wrong with a row that was written in the present form: sentences, none when it fits its type. */
export function problemsOf({ key, subject, type, payload }: StoredMessage): string[] {
  if (!isMessageType(type)) return [`${key}: the type ${type} is unknown.`];
  const { subjects, payload: shape } = MESSAGES[type];
  const isSubject = subjects.some(
    (noun) => subject.startsWith(`${noun}:`) && subject.length > noun.length + 1,
  );
  return [
    ...(isSubject ? [] : [`${key}: ${type} is not about ${subject}.`]),
    ...misfitsOf(shape, payload).map((name) => `${key}: ${type} has no fitting ${name}.`),
  ];
}

/** A payload such as messages of this type have. */
export const examplePayload = <T extends MessageType>(type: T): MessagePayload<T> =>
  exampleOf<Messages[T]['payload']>(MESSAGES[type].payload);

/** What the documentation says of every message: the cells of a table, and the form of the payload. */
export const messageDocs = (): { readonly cells: readonly string[]; readonly payload: string }[] =>
  Object.entries(MESSAGES).map(([type, { version, subjects, says, payload }]) => ({
    cells: [`\`${type}\``, String(version), subjects.map((noun) => `\`${noun}:\``).join(' or '), says],
    payload: `- \`${type}\`: ${formOf(payload)}`,
  }));
