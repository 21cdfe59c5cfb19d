import type { FraudFacts } from './facts.ts';
import { type FraudSignal, missing, signal } from './fraud-signal.ts';
import type { FraudPolicy } from './policy.ts';

/** Returns what a signup's e-mail, beside the referrer's, says against it. */
export function emailSignals(policy: FraudPolicy, facts: FraudFacts): readonly FraudSignal[] {
  // Without an e-mail nothing else about it can be known: that is one fact missing, not four.
  if (facts.referred_email_key === null) return [missing(policy, "the new member's e-mail")];
  const signals: FraudSignal[] = [];
  if (facts.referrer_email_key === null) signals.push(missing(policy, "the referrer's e-mail"));
  if (facts.domain_is_free_provider === null) {
    signals.push(missing(policy, 'whether the e-mail is of a free provider'));
  }
  if (facts.earlier_referred_domains === null && facts.domain_is_free_provider !== true) {
    signals.push(missing(policy, 'the e-mail domains of earlier referrals'));
  }
  if (facts.email_disposable === null) signals.push(missing(policy, 'whether the e-mail is disposable'));
  if (facts.email_disposable) {
    signals.push(signal(policy, 'disposable_email', 'The e-mail is of a disposable provider.'));
  }
  const rung = worstRung(rungs(policy, facts, facts.referred_email_key));
  return rung === null ? signals : [rung, ...signals];
}

/**
 * The rungs of the self-referral ladder that hold, the strictest first. A provider not known to be free is
 * taken for a private domain.
 */
function rungs(policy: FraudPolicy, facts: FraudFacts, referred: string): readonly FraudSignal[] {
  const signals: FraudSignal[] = [];
  if (referred === facts.referrer_email_key) {
    signals.push(signal(policy, 'same_email', 'Referrer and new member have the same mailbox.'));
  }
  if (facts.domain_is_free_provider === true) return signals;
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
 * lowers the score.
 */
function worstRung(signals: readonly FraudSignal[]): FraudSignal | null {
  return signals.reduce<FraudSignal | null>(
    (worst, rung) => (worst === null || rung.weight > worst.weight ? rung : worst),
    null,
  );
}

const domainOf = (key: string): string => key.slice(key.lastIndexOf('@') + 1);
