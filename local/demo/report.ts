import type { Proof } from '../../ledger/prove.ts';
import type { Honours } from './honours.ts';
import { badges, boards } from './report-honours.ts';
import { MEMBERS_PARTS, type MembersFacts } from './report-members.ts';
import type { StoredMessages } from './stored-messages.ts';
import type { Story } from './story.ts';
import type { Tally } from './tally.ts';
import { heading, moneyText, number, wrap } from './text.ts';

export interface Facts extends MembersFacts {
  readonly customers: number;
  readonly purchases: number;
  readonly friendsToday: number;
  readonly clicks: number;
  readonly tally: Tally;
  readonly honours: Honours;
  readonly story: Story | null;
  /** A text is the reason why the prover did not answer. */
  readonly proof: Proof | string;
  /** Null: the outbox could not be read. */
  readonly messages: StoredMessages | null;
}

/** The summary, line by line: the same for every run on the same events. */
export function reportOf(facts: Facts): string[] {
  return [
    introduction,
    funnel,
    refusals,
    topReferrers,
    boards,
    badges,
    ...MEMBERS_PARTS,
    rewards,
    life,
    ledger,
    messages,
  ].flatMap((part) => part(facts));
}

const BAR_WIDTH = 30;

const percent = (rate_bp: number): string => `${rate_bp / 100} %`;

/** What each refusal means in this demo; the codes are the engine's. */
const MEANINGS: Readonly<Record<string, string>> = {
  not_referred: 'events of customers whom nobody brought',
  not_triggered: 'reviews by customers whom somebody brought: they earn points, and nothing for the friend',
  no_attribution: 'signups without a friend’s code',
  already_qualified: 'purchases after the 4th, for which no rule pays',
  below_minimum: 'purchases below 10 USD that came before the first that counts',
  self_referral: 'signups with one’s own code',
  code_unknown: 'signups with a mistyped code',
  referral_ended: 'purchases after the first one was returned',
  refund_too_late: 'returns more than 30 days after the referral qualified',
  refund_of_unknown: 'returns of purchases that had earned nothing',
  already_refunded: 'returns of what had been returned',
  outside_qualification_window: 'first purchases later than 90 days after the signup',
};

function introduction({ customers, purchases, friendsToday }: Facts): string[] {
  const real =
    `Who bought what, and when, is real: ${number(customers)} customers of the CDNOW sample and their ` +
    `${number(purchases)} purchases of 1997 and 1998.`;
  const made =
    'Who brought whom is not in that data: the referral tree is made up by a seeded rule (60 of 100 ' +
    'customers are brought by an earlier one, the more likely the more friends that one has brought ' +
    'already), and so are returns, clicks, addresses and times of day.';
  const today =
    `${friendsToday} friends of today are made up too, so that something is still on hold. docs/DEMO.md ` +
    'has every rule.';
  return ['', ...[real, made, today].flatMap((text) => wrap(text, '', ''))];
}

function funnel({ clicks, tally: { funnel: counts } }: Facts): string[] {
  const rows: readonly (readonly [string, number])[] = [
    ['clicks', clicks],
    ['signups', counts.signups],
    ['attributed', counts.attributed],
    ['qualified', counts.qualified],
    ['rewarded', counts.rewarded],
  ];
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const lines = rows.map(
    ([name, count]) =>
      `  ${name.padEnd(12)} ` +
      `${number(count).padStart(7)}  ${'█'.repeat(Math.round((count / most) * BAR_WIDTH))}`,
  );
  return [...heading('Funnel'), ...lines];
}

function refusals({ tally }: Facts): string[] {
  const lines = tally.refusals.map(({ code, count }) =>
    `  ${code.padEnd(29)} ${number(count).padStart(6)}  ${MEANINGS[code] ?? ''}`.trimEnd(),
  );
  const stranded = tally.stranded === 0 ? [] : [`  ${number(tally.stranded)} events wait for an operator.`];
  return [...heading('Refused, each with its code, changing nothing'), ...lines, ...stranded];
}

function topReferrers({ tally: { top } }: Facts): string[] {
  const lines = top.map(({ name, friends, milestone, rate_bp, earned_minor }, index) => {
    const reached = milestone === null ? 'none yet' : `${milestone} (${percent(rate_bp)})`;
    return (
      `  ${String(index + 1).padStart(2)}. ${name.padEnd(14)} ` +
      `${String(friends).padStart(7)}   ${reached.padEnd(12)} ${moneyText(earned_minor).padStart(13)}`
    );
  });
  return [...heading('Top referrers'), '      member         friends   milestone          earned', ...lines];
}

function rewards({ tally: { money: it } }: Facts): string[] {
  const row = (name: string, minor: bigint, note: string): string =>
    `  ${name.padEnd(12)} ${moneyText(minor).padStart(14)}  ${note}`.trimEnd();
  return [
    ...heading('Rewards'),
    row('granted', it.granted_minor, `${number(it.granted)} rewards`),
    row('held', it.held_minor, `${number(it.held)} of today; the holds of 1997 passed long ago`),
    row('reversed', it.reversed_minor, `${number(it.reversed)} rewards, by returns`),
    row('redeemed', it.redeemed_minor, `${number(it.redeemed)} redemptions paid`),
    row('available', it.available_minor, 'to be redeemed from 10 USD on'),
    row('owed', it.owed_minor, 'by members whose balance a return found too small'),
  ];
}

function life({ story }: Facts): string[] {
  if (story === null) return [];
  const part = (title: string, sentences: readonly string[]): string[] => [
    `  ${title}`,
    ...sentences.flatMap((sentence) => wrap(sentence, '    · ', '      ')),
  ];
  return [
    ...heading(`One referral’s life: ${story.title}`),
    ...part('The referral', story.referral),
    ...story.events.flatMap(({ type, sentences }) => part(`Its ${type}`, sentences)),
    ...story.rewards.flatMap(({ ruleId, sentences }) => part(`The reward by “${ruleId}”`, sentences)),
    ...(story.link === null ? [] : [`  In Temporal’s Web UI: ${story.link}`]),
  ];
}

function ledger({ proof }: Facts): string[] {
  const title = heading('Ledger');
  if (typeof proof === 'string') {
    return [
      ...title,
      ...wrap(`Not proven here: ${proof}. npm run prove does it, with the right DATABASE_URL.`, '  ', '  '),
    ];
  }
  const { ok, checks, entries } = proof;
  const names = checks.map((check) => `${check.ok ? '✓' : '✗'}\u00a0${check.name}`).join(' ');
  const wrong = checks
    .filter((check) => !check.ok)
    .map((check) => `  ${check.name}: ${check.claim}; ${check.counterexamples[0] ?? ''}`);
  const verdict = ok ? 'proven' : 'NOT in order: npm run prove shows everything';
  return [
    ...title,
    ...wrap(names, '  ', '  '),
    ...wrong,
    `  Ledger ${verdict} (${number(entries)} entries).`,
  ];
}

function messages({ messages: stored }: Facts): string[] {
  if (stored === null) return [];
  const { fitting, types, problems } = stored;
  const wrong = problems.slice(0, 5).flatMap((problem) => wrap(problem, '  ', '    '));
  const verdict =
    problems.length === 0
      ? `All ${number(fitting)} messages, of ${types} types, fit their types.`
      : `${number(fitting)} messages fit their types; NOT in order: ${number(problems.length)} findings.`;
  return [...heading('Messages'), ...wrong, `  ${verdict}`];
}
