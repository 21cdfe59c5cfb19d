import { en as notices } from '../../engine/notices/templates/en.ts';
import type { SpokenLanguage } from './language.ts';

const SOURCE =
  '{source, select, referral {Rule} milestone {Milestone} achievement {Achievement} level {Level} ' +
  'season {Season} operator {Operator} other {{source}}}';
const PERSON =
  '{recipient, select, referrer {the referrer} referred {the referred member} other {the member}}';
const WHY = '{why, select, none {} other { ({why})}}';
const POINTS = '{points, plural, one {# point} other {# points}}';

/** What a late event does to later ones; what a rule does by it follows. */
const RENUMBERED =
  'It came late, and {count, plural, one {# later event has another number} ' +
  'other {# later events have other numbers}} by it';

const RECOUNTED =
  'By who had brought the member and how many friends had qualified by then, of ' +
  '{count, plural, one {# event} other {# events}}';

/** Codes are English: what has no word here is called by its own. */
export const english: SpokenLanguage = {
  locale: 'en',
  points: notices.points,
  sentences: {
    'reward.granted': `${SOURCE} “{rule}” of policy version {version} granted {what} to ${PERSON} on {day}.`,
    'reward.granted_by_hand': `An operator granted {what} to ${PERSON} on {day}.`,
    'reward.granted_again': 'The budget had had no room for it; an operator granted it after all on {day}.',
    'reward.thing': '{kind, select, badge {the badge} other {the perk}} “{label}”',
    'reward.held': 'It is on hold until {day}; a refund before then takes it back.',
    'reward.held_of_gift': 'It is on hold until {day}.',
    'reward.held_by_hand': 'An operator holds it.',
    'reward.taken_by_hand': 'An operator took it back.',
    'reward.reversed':
      'It was taken back, because the event that earned it was refunded or does not count for it any ' +
      'more, or the count behind it fell.',
    'reward.available': 'It has been available since {day}.',
    'reward.expires': 'It has been available since {day} and expires on {until}.',
    'saw.event':
      'It looked at the {nth, selectordinal, one {#st} two {#nd} few {#rd} other {#th}} “{type}” of the ' +
      'referred member{value, select, none {} other {, worth {value}}}, with ' +
      '{count, plural, one {# qualified referral} other {# qualified referrals}} of the referrer.',
    'saw.count': 'It looked at the member’s {measure}: {count}.',
    step:
      'Check “{step}”: {passed, select, true {passed} other {failed}}{result, select, none {} other ' +
      '{ ({result})}}.',
    'referral.began': 'It began on {day} under policy version {version}.',
    'referral.nobody': 'Nobody has signed up with it yet.',
    'referral.signed_up': 'The referred member signed up on {day}.',
    'referral.verdict': 'The fraud rules said: {verdict}.',
    'referral.signals': 'What they held against it: {signals}.',
    'referral.not_qualified': 'It has not qualified.',
    'referral.qualified': 'It qualified on {day}.',
    'referral.qualified_before':
      'It qualified on {day}, by an action that {why, select, refunded {was refunded} ' +
      'other {does not count for that any more}}, and no other qualifies it.',
    'referral.stage': 'It is {stage}{reason, select, none {} other {, because: {reason}}}.',
    'referral.corrected':
      'It was {deed, select, cancelled {cancelled} attributed {attributed} other {moved}} by an operator ' +
      'on {day}.',
    'referral.due': 'Without another event it leaves this stage on {day}.',
    'event.arrived': 'The “{type}” came in on {received} and happened on {occurred}.',
    'event.unreadable':
      'Its {detail, select, email {e-mail address} code {code} clickId {click id} visitorId {visitor id} ' +
      'other {network address}} could not be read, and counted as one that nobody knows.',
    'event.commanded': 'It is the word of {actor}.',
    'event.reason': 'The reason given: “{reason}”',
    'event.converted':
      'Its value of {sent} counts as {counted}: one {from} is {rate} {to}, by the rate since {day}.',
    'event.of_reward': 'It is about the member’s reward: {what}.',
    'event.accepted': 'It was accepted{stage, select, none {} other {, and left the referral {stage}}}.',
    'event.refused': 'It was refused ({code}): {why}',
    'event.granted': `Rule “{rule}” granted {what} to ${PERSON}.`,
    'event.granted_nothing': `Rule “{rule}” granted ${PERSON} nothing ({code}): {why}`,
    'event.thing': 'its badge or perk',
    'event.points': 'Rule “{rule}” gave the {recipient} {amount}.',
    'event.no_points': 'Rule “{rule}” gave the {recipient} no points ({code}): {why}',
    'event.achievement': 'It earned the achievement “{id}”.',
    'event.achievement_moved':
      'By it, another action or time completes the achievement “{id}”. The member keeps it.',
    'event.earned_nothing': 'No rule was triggered by it, so it earned nothing.',
    'event.pending': 'It is stored and will be decided soon.',
    'event.anew':
      'It was decided before and is decided anew, since what has come in the meantime changes the answer.',
    'event.ended':
      'It was accepted at first{what, select, refund {, and so was what it takes back} other {}}. By ' +
      'an event that was decided later the referral’s time ended earlier, and {what, select, refund ' +
      '{what it takes back was} other {it was}} too late.',
    'event.waiting': `It waits for the event that it builds on, as a purchase waits for its signup${WHY}.`,
    'event.parked': `It could not be handled and waits for an operator${WHY}.`,
    'event.unmatched': `The event that it builds on never came${WHY}.`,
    'refund.whole': 'Nothing is left of what it takes back.',
    'refund.part': 'It takes back a part, and the rest of the event stands.',
    'refund.earlier':
      'It happened before the action that had qualified the referral, and qualifies it instead.',
    'refund.earlier_again':
      'The action happened before the one that had qualified the referral, and qualifies it again.',
    'refund.reinstates':
      'It takes a refund back, so that the action counts as if that refund had never come.',
    'refund.restored': '{amount} came back to what rule “{rule}” granted.',
    'refund.of_nothing': 'Nothing had been granted for it.',
    'refund.withdrawn': 'What rule “{rule}” gave was withdrawn.',
    'refund.taken': 'Of what rule “{rule}” granted, {amount} went back.',
    'refund.successor': 'Another action qualifies the referral in its place.',
    'numbers.not_qualifying': 'It does not qualify the referral: {why}',
    'numbers.qualified':
      'It gives later actions other numbers, by which one of them qualifies the referral now.',
    'numbers.unqualified':
      'It gives later actions other numbers, by which none qualifies the referral any more.',
    'numbers.points_taken': `${RENUMBERED}: rule “{rule}” took back ${POINTS}.`,
    'numbers.points_granted': `${RENUMBERED}: rule “{rule}” gave ${POINTS}.`,
    'numbers.points_refused': `${RENUMBERED}: rule “{rule}” would give points, and did not ({code}): {why}`,
    'recount.points_taken': `${RECOUNTED} rule “{rule}” took back ${POINTS}.`,
    'recount.points_granted': `${RECOUNTED} rule “{rule}” gave ${POINTS}.`,
    'recount.points_refused': `${RECOUNTED} rule “{rule}” would give points, and did not ({code}): {why}`,
    'count.left':
      'It changes more than is done at once: {count, plural, one {# answer of a rule is} ' +
      'other {# answers of rules are}} left to a command that follows.',
    'count.rewards_moved':
      'By when each referral qualified, {count, plural, one {# reward for the referrer’s count has} ' +
      'other {# rewards for the referrer’s count have}} other times now: those of the referral that ' +
      'reached the count.',
    'count.asked':
      'The referrer’s count has moved, so {count, plural, one {# other referral is} other {# other ' +
      'referrals are}} asked again.',
    'count.actions_asked':
      'As the referrer’s count has moved, {count, plural, one {# action of the member was} other ' +
      '{# actions of the member were}} held against the rules for points again.',
    'count.qualified': 'By the referrer’s count at their times, another action qualifies the referral now.',
    'count.unqualified':
      'By the referrer’s count at their times, no action qualifies the referral any ' + 'more.',
    'points.rule': `Rule “{rule}” of policy version {version} gave ${POINTS} for an event of {day}.`,
    'points.achievement':
      `Achievement “{rule}” of policy version {version} gave ${POINTS}; the action that completed it was ` +
      'on {day}.',
    'points.redated': 'They count as of that day since an event changed what completes the achievement.',
    'points.reversal': `A refund of {day} took back ${POINTS} of “{rule}” of policy version {version}.`,
    'points.restored':
      `A refund was taken back on {day}, and so ${POINTS} of “{rule}” of policy version {version} came ` +
      'back.',
    'points.given_by_hand': `An operator gave ${POINTS} by hand on {day}.`,
    'points.taken_by_hand': `An operator took ${POINTS} by hand on {day}.`,
    'points.taken_back':
      '{points, number} of {all, plural, one {# point was} other {# points were}} taken back, because ' +
      'the event was refunded.',
    'points.renumbered':
      'An event of {day} came late and gave another event a higher number, for which rule “{rule}” of ' +
      `policy version {version} does not pay: ${POINTS} went back.`,
    'points.by_number': 'A late event gave this one the number {number}, by which it earned them.',
    'points.lost_number':
      'A late event gave this one the number {number}, by which it does not earn them any more: they ' +
      'went back.',
    'points.recounted':
      'By who had brought the member and how many friends had qualified by then, rule “{rule}” of policy ' +
      `version {version} does not pay for an event any more: ${POINTS} went back.`,
    'points.by_recount':
      'It earned them when it was asked again who had brought the member and how many friends had ' +
      'qualified by then.',
    'points.lost_recount':
      'It was asked again who had brought the member and how many friends had qualified by then, and ' +
      'this does not earn them any more: they went back.',
    'points.expires': 'What is left of them expires on {day}.',
    'milestone.gone': 'The policy in force has no such milestone: it earns nothing more.',
    'milestone.counts':
      'Milestone “{name}” of policy version {version} counts {measure, select, qualified_referrals {the ' +
      'member’s qualified referrals} revenue {what the member’s qualified referrals brought, less ' +
      'refunds} other {all points that the member ever got, less those taken back}}: {count} now.',
    'milestone.due':
      'Something is to be done about it, which the member’s workflow or the next sweep ' + 'does.',
    'milestone.not_now': 'Something is to be done about it, and nothing is while the program is {status}.',
    'milestone.next': 'The next threshold is {at}, which takes {more} more.',
    'milestone.no_next': 'There is no further threshold to reach.',
    'award.reached':
      'On {day} the count was {count} and the threshold of {at} was reached{nth, plural, =1 {} ' +
      'other {, for ' +
      'the {nth, selectordinal, one {#st} two {#nd} few {#rd} other {#th}} time}}, by policy ' +
      'version {version}.',
    'award.waits':
      'What it earns waits, because the program’s budget has no room for it; each sweep tries again.',
    'award.granted': 'What it earns was granted on {day}.',
    'award.given_up':
      'It was given up on {day}, because the count fell below it before the budget had ' + 'room.',
    'award.taken_back': 'It was taken back on {day}, because the count fell below it.',
    'standing.none': 'The member has no score in this window, and so no rank.',
    'standing.place': 'The member is at rank {rank, number} of {members, number} {score}.',
    'standing.first': 'Nobody has more; the score was reached at {at}.',
    'standing.behind': 'To rise by one it takes more than {score} more.',
    'standing.later': 'The next above has as much, and had it earlier: at {above}, not at {at}.',
    'standing.tied': 'The next above has as much since the same moment; the members’ ids decide.',
    'standing.reversed':
      '{count, plural, one {# of the referrals shown no longer counts, because a refund ended it.} ' +
      'other {# ' +
      'of the referrals shown no longer count, because a refund ended them.}}',
    'standing.early':
      '{count, plural, one {# of them does not count, because it was} other {# of them do not count, ' +
      'because they were}} decided before the board was made.',
    'count.referrals': '{count, plural, one {# qualified referral} other {# qualified referrals}}',
    'count.points': POINTS,
    'count.with_referrals':
      'with {count, plural, one {# qualified referral} other {# qualified ' + 'referrals}}',
    'count.with_amount': 'with {amount}',
    'count.with_points': `with ${POINTS}`,
  },
  codes: {
    stages: new Map(),
    steps: new Map(),
    signals: new Map([
      ['same_email', 'referrer and new member have the same mailbox'],
      ['email_known', 'another member has the same mailbox'],
      ['same_domain', 'both have e-mail at the same private domain'],
      ['earlier_referred_domain', 'an earlier member whom the referrer brought has that domain'],
      ['disposable_email', 'the e-mail is of a disposable provider'],
      ['email_forwarded', 'the e-mail is of a service that forwards to a hidden one'],
      ['email_vanity', 'the e-mail is at one of many domains of a free provider'],
      ['velocity_hour', 'the referrer had too many signups within an hour'],
      ['velocity_day', 'the referrer had too many signups within a day'],
      ['velocity_week', 'the referrer had too many signups within a week'],
      ['same_visitor', 'the referrer’s earlier referrals came from the same browser'],
      ['same_ip', 'the referrer’s earlier referrals came from the same network address'],
      ['fact_missing', 'something that the rules ask about is not known'],
    ]),
    measures: new Map(),
    statuses: new Map(),
    reasons: new Map(),
    refusals: new Map(),
  },
  details: [],
};
