import type { Language } from './template.ts';

const WON = '{benefit, select, badge {the badge “{label}”} perk {“{label}”} other {{amount}}}';

export const en: Language = {
  kinds: {
    'referral.signed_up': {
      subject: 'Somebody joined with your link',
      text: 'Somebody has just joined {program} with your link. Thank you for passing it on!',
    },
    'referral.qualified': {
      subject: 'Your {nth, selectordinal, one {#st} two {#nd} few {#rd} other {#th}} successful referral',
      text:
        'One of the people whom you brought to {program} has just qualified. ' +
        '{nth, plural, one {That is your first successful referral.} other {That makes # ' +
        'successful referrals.}}',
    },
    'reward.granted': {
      subject: `You earned ${WON}`,
      text:
        `You earned ${WON} at {program}. ` +
        '{status, select, held {It is on hold for now, and we will tell you when it is yours to ' +
        'use.} other {It is yours to use at once.}}',
    },
    'reward.available': {
      subject: 'Now yours to use: {amount}',
      text: 'The hold on your reward at {program} has ended. Now yours to use: {amount}.',
    },
    'reward.reversed': {
      subject: 'A reward was taken back',
      text:
        'A purchase that you were rewarded for at {program} was refunded. This was taken back from ' +
        'your rewards: {amount}.',
    },
    'reward.restored': {
      subject: 'A reward came back',
      text:
        'The refund of a purchase that you were rewarded for at {program} was itself taken back. ' +
        'This came back to your rewards: {amount}.',
    },
    'redemption.awaiting_approval': {
      subject: 'We are looking at your payout of {amount}',
      text:
        'You asked {program} to pay out {amount}. Somebody has to approve it first; we will tell ' +
        'you as soon as that is done.',
    },
    'redemption.needs_operator': {
      subject: 'Your payout of {amount} takes a little longer',
      text:
        'Your payout of {amount} from {program} could not be completed at once. It is not lost: ' +
        'somebody is looking into it.',
    },
    'redemption.settled': {
      subject: 'Your payout of {amount} is done',
      text: '{program} has paid out your {amount}.',
    },
    'redemption.released': {
      subject: 'Your payout of {amount} did not go through',
      text:
        'Your payout of {amount} from {program} did not go through. The whole amount is back in ' +
        'your balance.',
    },
    'redemption.refused': {
      subject: 'Your payout of {amount} was not possible',
      text: '{program} could not pay out {amount}. Your balance is unchanged.',
    },
    'badge.issued': {
      subject: 'Your badge “{label}” is ready',
      text: '{program} has issued your badge “{label}”. Anyone may check that it is genuine:\n\n{url}',
    },
    'season.prize_awarded': {
      subject: 'You came {rank, selectordinal, one {#st} two {#nd} few {#rd} other {#th}} in {season}',
      text:
        'The season “{season}” of {program} is over. You came {rank, selectordinal, one {#st} two ' +
        `{#nd} few {#rd} other {#th}} and won ${WON}. Congratulations!`,
    },
    'milestone.reached': {
      subject: 'You reached a milestone: {milestone}',
      text: 'You reached the milestone “{milestone}” at {program}. Congratulations!',
    },
    'level.reached': {
      subject: 'You are now {level}',
      text: 'Your points have taken you to the level “{level}” at {program}. Congratulations!',
    },
    'achievement.earned': {
      subject: 'You earned an achievement: {achievement}',
      text: 'You earned the achievement “{achievement}” at {program}. Congratulations!',
    },
    'survey.asked': {
      subject: 'What do you think of {program}?',
      text:
        'We would like to know what you think of {program}. It takes a minute, and you may change ' +
        'your answer later:\n\n{url}',
    },
    'survey.reminded': {
      subject: 'There is still time to tell us what you think',
      text: 'A few days ago we asked what you think of {program}. Your answer is still welcome:\n\n{url}',
    },
    'improvement.made': {
      subject: 'You told us, and we changed it',
      text:
        'Your answer to our survey has led to a change at {program}:\n\n{improvement}\n\nThank you ' +
        'for telling us.',
    },
  },
  because: 'You get this e-mail because you take part in {program}.',
  unsubscribe: 'To get no more e-mails of this kind: {url}',
  points:
    '{points, number} {name, select, none {{points, plural, one {point} other {points}}} other {{name}}}',
  page: {
    title: 'E-mails from {program}',
    ask: {
      engagement: 'Do you want no more e-mails from {program} about referrals, rewards, badges and surveys?',
      service:
        'Do you want no more e-mails from {program} about your payouts and about rewards that are ' +
        'taken back?',
    },
    button: 'Unsubscribe',
    done: 'You are unsubscribed. {program} will send you no more e-mails of this kind.',
    invalid: 'This link is not valid.',
  },
};
