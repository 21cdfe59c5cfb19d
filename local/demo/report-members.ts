import type { Returning } from './crowd.ts';
import { POINTS } from './members-policy.ts';
import { UNIT } from './policy.ts';
import type { RedemptionView, RewardView } from './state.ts';
import type { Tally } from './tally.ts';
import { heading, moneyText, number, wrap } from './text.ts';

/** The summary's part about what members come back for. */
export interface MembersFacts {
  readonly tally: Pick<Tally, 'notices'>;
  readonly returning: Returning;
  readonly redemptions: readonly Pick<
    RedemptionView,
    'itemId' | 'amount' | 'status' | 'reason' | 'batchId'
  >[];
  readonly achievements: readonly Pick<RewardView, 'ruleId' | 'status'>[];
  /** Where e-mails are read. */
  readonly mailbox: string;
}

const people = (count: number): string => `${number(count)} ${count === 1 ? 'member' : 'members'}`;

function levels({ returning: { holders }, achievements }: MembersFacts): string[] {
  const total = holders.reduce((sum, { lifetime }) => sum + lifetime, 0);
  const reached = [...POINTS.levels].reverse().map(({ id, name, from }) => {
    const count = holders.filter(({ level }) => level === id).length;
    return `  ${name.padEnd(12)} from ${number(from).padStart(5)} points   ${people(count)}`;
  });
  const earned = POINTS.achievements.map(({ id, name }) => {
    const has = achievements.filter(({ ruleId, status }) => ruleId === id && status !== 'reversed');
    return `${name}: ${number(has.length)}`;
  });
  const [best] = holders;
  const most = best === undefined ? '' : `; the most: ${best.name} with ${number(best.lifetime)}`;
  return [
    ...heading('Points and levels'),
    `  ${number(total)} points, one for each dollar and 20 for a review${most}`,
    ...reached,
    ...wrap(`Achievements: ${earned.join('; ')}`, '  ', '  '),
  ];
}

function milestones({ returning }: MembersFacts): string[] {
  return returning.milestones.flatMap(({ name, reached }) => [
    ...heading(`Milestones: ${name}`),
    ...reached.map(
      ({ at, benefit, members }) =>
        `  ${String(at).padStart(2)} friends   ${benefit.padEnd(24)} ${people(members)}`,
    ),
  ]);
}

function survey({ returning: { survey: it } }: MembersFacts): string[] {
  const rate = it.responseRate === null ? '' : ` (${Math.round(it.responseRate * 100)} %)`;
  const score =
    it.nps === null
      ? '  No score yet.'
      : `  Net Promoter Score ${signed(it.nps.score)}, and with 95 % certainty from ` +
        `${signed(it.nps.low)} to ${signed(it.nps.high)}`;
  const told =
    it.improvement === null
      ? []
      : wrap(
          `“${it.improvement.title}” was made as ${number(it.improvement.answers)} of them had asked ` +
            'for, and they were told.',
          '  ',
          '  ',
        );
  return [
    ...heading('How likely they are to recommend the shop (answers are made up by a seeded rule)'),
    `  ${number(it.asked)} asked after a redemption, ${number(it.answered)} answered${rate}`,
    score,
    `  ${number(it.promoters)} promoters, ${number(it.passives)} passives, ${number(it.detractors)} ` +
      'detractors',
    ...told,
  ];
}

const signed = (score: number): string => {
  const whole = Math.round(score);
  return whole > 0 ? `+${whole}` : String(whole).replace('-', '−');
};

function redeemed({ returning: { items }, redemptions }: MembersFacts): string[] {
  const rows = [...items].reverse().map(({ id, name, method, left }) => {
    const settled = redemptions.filter(({ itemId, status }) => itemId === id && status === 'settled');
    const minor = settled.reduce((sum, { amount }) => sum + BigInt(amount.minor), 0n);
    const unit = settled[0]?.amount.unit;
    const cost =
      unit === undefined ? '' : unit === UNIT ? moneyText(minor) : `${number(Number(minor))} points`;
    const rest = left === null ? '' : `, ${number(left)} left`;
    return (
      `  ${name.padEnd(29)} ${method.padEnd(15)} ` +
      `${number(settled.length).padStart(5)}  ${cost.padStart(13)}${rest}`
    ).trimEnd();
  });
  const refused = redemptions.filter(({ status }) => status === 'refused');
  const reasons = [...new Set(refused.map(({ reason }) => reason ?? 'no reason'))].sort();
  const batches = redemptions.filter(({ batchId }) => batchId !== null);
  const count = new Set(batches.map(({ batchId }) => batchId)).size;
  return [
    ...heading('Redeemed'),
    ...rows,
    ...reasons.map((code) => {
      const mine = refused.filter(({ reason }) => (reason ?? 'no reason') === code).length;
      return `  ${number(mine)} refused: ${code}; they keep what they have`;
    }),
    `  ${number(batches.length)} paid by hand, in ${number(count)} ` +
      `${count === 1 ? 'batch that was' : 'batches that were'} exported and imported with the results`,
  ];
}

function told({ tally: { notices }, returning: { emails }, mailbox }: MembersFacts): string[] {
  const sent = emails.filter(({ state }) => state === 'sent');
  const kinds = [...new Set(sent.map(({ kind }) => kind))].sort();
  const counts = kinds.map((kind) => `${kind} ${number(sent.filter((it) => it.kind === kind).length)}`);
  const others = emails.length - sent.length;
  return [
    ...heading('Notices'),
    `  ${number(notices)} in the members’ inboxes, ${number(sent.length)} e-mails besides`,
    ...(counts.length === 0 ? [] : wrap(`E-mails: ${counts.join(', ')}`, '  ', '  ')),
    ...(others === 0 ? [] : [`  ${number(others)} e-mails have not left: notices.deliveries says why`]),
    `  No mail server is set, so they are kept: read them at ${mailbox}`,
  ];
}

/** The blocks, in the order in which they are read. */
export const MEMBERS_PARTS: readonly ((facts: MembersFacts) => string[])[] = [
  levels,
  milestones,
  survey,
  redeemed,
  told,
];
