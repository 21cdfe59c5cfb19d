import MailChecker from 'mailchecker';
import { domainsAbove, mailKind } from '../../domain/members/mail-kind.ts';

/**
 * Whether the list of disposable domains has a domain, or one above it: `sub.mailinator.com` is
 * `mailinator.com`. What we know to be something else is not disposable, whatever the list says; mailboxes of
 * forwarding services and old free mail stay.
 * @param domain In lower case and ASCII, as `normalizeEmail` gives it.
 */
export function isDisposable(domain: string): boolean {
  if (mailKind(domain) !== 'private') return false;
  const listed = MailChecker.blacklist();
  return listed.has(domain) || domainsAbove(domain).some((above) => listed.has(above));
}
