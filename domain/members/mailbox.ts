/** A provider's page that says so, and the day on which it was read. */
interface Source {
  readonly url: string;
  readonly seen: string;
}

/** What one provider treats as one mailbox, beyond the tag that everybody cuts off. */
export interface MailboxRule {
  readonly provider: string;
  /** Domains under which a name is the same mailbox; keys have the first. In ASCII. */
  readonly domains: readonly string[];
  /** Characters of a local part that make no difference. */
  readonly ignored: string;
  /**
   * What a sub-domain is. `mailbox`: `anything@name.domain` arrives at `name@domain`. `account`: all names
   * there belong to one account, which no address at the domain itself names.
   */
  readonly subdomains?: 'mailbox' | 'account';
  readonly sources: readonly Source[];
}

const seen = '2026-11-29';

/**
 * The one table of what providers treat as one mailbox. A row needs the provider's own word for it.
 *
 * Disputed, and so kept apart: dots against hyphens at Yandex (only third parties say that they are the
 * same); `base-keyword@yahoo.com` (the base is no name of an account, and names may have hyphens); dots at
 * domains of companies that Google hosts (they count); `joe-citizen.fastmail.fm` for `joe_citizen` (the user
 * `joe-citizen` has it too); aliases that people choose at Outlook, Proton or Tuta (nothing tells them from
 * other people's names).
 */
export const MAILBOX_RULES: readonly MailboxRule[] = [
  {
    provider: 'Gmail',
    domains: ['gmail.com', 'googlemail.com'],
    ignored: '.',
    sources: [
      { url: 'https://support.google.com/mail/answer/7436150', seen },
      // Quotes Google's page of that time, which used both domains for one inbox.
      { url: 'https://geoffarnold.com/?p=1173', seen },
    ],
  },
  {
    provider: 'iCloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    ignored: '',
    sources: [{ url: 'https://support.apple.com/en-vn/118230', seen }],
  },
  {
    provider: 'Proton',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    ignored: '._-',
    sources: [
      { url: 'https://protonmail.com/support/knowledge-base/addresses-and-aliases/', seen },
      { url: 'https://protonmail.com/support/knowledge-base/pm-me-addresses/', seen },
      { url: 'https://protonmail.com/support/knowledge-base/change-username/', seen },
    ],
  },
  {
    provider: 'Yandex',
    domains: ['yandex.ru', 'ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.ua', 'yandex.com.tr'],
    ignored: '',
    sources: [
      { url: 'https://yandex.com/support/domain/additional/mailbox-alias.xml', seen },
      { url: 'https://yandex.com/support/id/authorization/email.html', seen },
    ],
  },
  ...['fastmail.com', 'fastmail.fm'].map(
    (domain): MailboxRule => ({
      provider: 'Fastmail',
      domains: [domain],
      ignored: '',
      subdomains: 'mailbox',
      sources: [
        { url: 'https://www.fastmail.help/hc/en-us/articles/360060591053', seen },
        { url: 'https://fastmail.com/blog/two-address-resolving-additions', seen },
      ],
    }),
  ),
  {
    provider: 'addy.io',
    domains: ['anonaddy.com', 'anonaddy.me'],
    ignored: '',
    subdomains: 'account',
    sources: [{ url: 'https://addy.io/help/what-are-the-different-kinds-of-aliases/', seen }],
  },
  {
    provider: 'Firefox Relay',
    domains: ['mozmail.com'],
    ignored: '',
    subdomains: 'account',
    sources: [{ url: 'https://support.mozilla.org/kb/general-questions-about-relay-email-domains', seen }],
  },
  {
    provider: 'SimpleLogin',
    domains: ['simplelogin.com'],
    ignored: '',
    subdomains: 'account',
    sources: [{ url: 'https://simplelogin.io/docs/getting-started/restore-alias', seen }],
  },
];

const RULE_OF: ReadonlyMap<string, MailboxRule> = new Map(
  MAILBOX_RULES.flatMap((rule) => rule.domains.map((domain) => [domain, rule] as const)),
);

/** A mailbox by the one name that all its spellings share. To compare, never to write to. */
export interface Mailbox {
  readonly key: string;
  /** The key's domain. */
  readonly domain: string;
}

/**
 * The mailbox at which an address arrives.
 * @param local The local part, in lower case.
 * @param domain The domain, in lower case and ASCII.
 */
export function mailboxOf(local: string, domain: string): Mailbox {
  const rule = RULE_OF.get(domain);
  const [name = '', ...above] = domain.split('.');
  const host = rule === undefined ? RULE_OF.get(above.join('.')) : undefined;
  if (host?.subdomains === 'mailbox') return mailboxOf(name, above.join('.'));
  if (host?.subdomains === 'account') {
    const account = `${name}.${host.domains[0]}`;
    return { key: `*@${account}`, domain: account };
  }
  const home = rule?.domains[0] ?? domain;
  return { key: `${without(rule?.ignored ?? '', withoutTag(local))}@${home}`, domain: home };
}

/**
 * Cuts off what follows a plus sign, as RFC 5233 proposes and most providers do, at any domain. A dot before
 * it goes too, since no name ends with one. A local part that is all tag keeps it: without it nothing would
 * be left to compare.
 */
function withoutTag(local: string): string {
  const tag = local.indexOf('+');
  if (tag <= 0) return local;
  return local.slice(0, local[tag - 1] === '.' ? tag - 1 : tag);
}

/** A local part of nothing but such characters keeps them, for the same reason. */
function without(ignored: string, local: string): string {
  const kept = [...local].filter((character) => !ignored.includes(character)).join('');
  return kept === '' ? local : kept;
}
