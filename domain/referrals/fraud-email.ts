import type { FraudFacts } from './facts.ts';
import { type FraudSignal, missing, signal } from './fraud-signal.ts';
import type { FraudPolicy } from './policy.ts';

/** Returns what a signup's e-mail, beside those of the program's other members, says against it. */
export function emailSignals(policy: FraudPolicy, facts: FraudFacts): readonly FraudSignal[] {
  // Without an e-mail nothing else about it can be known: that is one fact missing, not six.
  if (facts.referred_email_key === null) return [missing(policy, "the new member's e-mail")];
  return [
    ...countedRungs(rungs(policy, facts, facts.referred_email_key)),
    ...missingFacts(facts).map((what) => missing(policy, what)),
    ...providerSignals(policy, facts),
  ];
}

/** The facts about a given e-mail that could not be gathered, in words. */
function missingFacts(facts: FraudFacts): readonly string[] {
  const needsDomains = facts.email_kind === null || facts.email_kind === 'private';
  return [
    ...(facts.referrer_email_key === null ? ["the referrer's e-mail"] : []),
    ...(facts.email_known === null ? ['whether another member has the mailbox'] : []),
    ...(facts.email_kind === null ? ['of which kind of provider the e-mail is'] : []),
    ...(facts.earlier_referred_domains === null && needsDomains
      ? ['the e-mail domains of earlier referrals']
      : []),
    ...(facts.email_disposable === null ? ['whether the e-mail is disposable'] : []),
  ];
}

/** What the provider says by itself. Who hides an address, or chose a fanciful one, is no fraud. */
function providerSignals(policy: FraudPolicy, facts: FraudFacts): readonly FraudSignal[] {
  if (facts.email_disposable) {
    return [signal(policy, 'disposable_email', 'The e-mail is of a disposable provider.')];
  }
  if (facts.email_kind === 'forwarding') {
    return [signal(policy, 'email_forwarded', 'The e-mail is of a service that forwards to a hidden one.')];
  }
  if (facts.email_kind === 'vanity') {
    return [signal(policy, 'email_vanity', 'The e-mail is at one of many domains of a free provider.')];
  }
  return [];
}

/**
 * The rungs of the self-referral ladder that hold, the strictest first. A provider of an unknown kind is
 * taken for a private domain.
 */
function rungs(policy: FraudPolicy, facts: FraudFacts, referred: string): readonly FraudSignal[] {
  const signals: FraudSignal[] = [];
  if (referred === facts.referrer_email_key) {
    signals.push(signal(policy, 'same_email', 'Referrer and new member have the same mailbox.'));
  }
  if (facts.email_known) {
    signals.push(signal(policy, 'email_known', 'Another member of the program has the same mailbox.'));
  }
  if (facts.email_kind !== null && facts.email_kind !== 'private') return signals;
  const domain = domainOf(referred);
  if (facts.referrer_email_key !== null && domain === domainOf(facts.referrer_email_key)) {
    signals.push(
      signal(policy, 'same_domain', 'Referrer and new member have e-mail at the same private domain.'),
    );
  }
  if (facts.earlier_referred_domains?.includes(domain)) {
    signals.push(
      signal(
        policy,
        'earlier_referred_domain',
        'An earlier referral of this referrer has e-mail at the same private domain.',
      ),
    );
  }
  return signals;
}

/**
 * Only one rung counts, because each follows from the one above it; the heaviest, so that one more rung never
 * lowers the score. Stricter ones to which the policy gives no weight are listed before it: a policy of
 * before they existed does not count them, but an operator is to know.
 */
function countedRungs(signals: readonly FraudSignal[]): readonly FraudSignal[] {
  const heaviest = Math.max(...signals.map(({ weight }) => weight));
  const counted = signals.findIndex(({ weight }) => weight === heaviest);
  return signals.filter(({ weight }, index) => index === counted || (index < counted && weight === 0));
}

const domainOf = (key: string): string => key.slice(key.lastIndexOf('@') + 1);
