/**
 * Whom a domain gives mailboxes to. `free`: strangers. `vanity`: strangers too, at one of the many domains
 * that a free provider keeps beside its own. `forwarding`: people who hide their address from those they give
 * it to. `private`: none that is known here, such as a company.
 */
export type MailKind = 'free' | 'vanity' | 'forwarding' | 'private';

/**
 * Providers whose domains strangers share, so that an equal domain does not say that two people know each
 * other. The list is short on purpose: a missing one costs an operator a look at a false signal, one too many
 * hides a real one.
 */
const FREE = [
  'gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr live.com msn.com',
  'yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.fr yahoo.de ymail.com aol.com icloud.com',
  'me.com mac.com proton.me protonmail.com protonmail.ch pm.me tuta.com tutanota.com fastmail.com',
  'fastmail.fm gmx.com gmx.de gmx.net gmx.at web.de t-online.de mail.com zoho.com hey.com orange.fr',
  'free.fr laposte.net libero.it wp.pl seznam.cz comcast.net uol.com.br yandex.ru yandex.com ya.ru',
  'yandex.by yandex.kz yandex.ua yandex.com.tr mail.ru qq.com 163.com 126.com naver.com rediffmail.com',
];

/**
 * mail.com gives mailboxes at some 200 domains (https://www.mail.com/blog/posts/what-is-email-domain/44/,
 * read on 2026-11-29), Tuta at a few (https://tuta.com/support/general, the same day). Lists of disposable
 * domains name some of them, but their mailboxes stay.
 */
const VANITY = [
  'accountant.com activist.com adexec.com asia.com cheerful.com consultant.com contractor.net dr.com',
  'email.com engineer.com europe.com iname.com linuxmail.org myself.com post.com techie.com usa.com',
  'uymail.com writeme.com keemail.me tuta.io tutamail.com tutanota.de',
];

/**
 * Services by which people hide their own address; sub-domains belong to them too. Read on 2026-11-29:
 * https://duckduckgo.com/duckduckgo-help-pages/email-protection/, https://relay.firefox.com/faq/,
 * https://addy.io/help/terminology/, https://simplelogin.io/docs/getting-started/restore-alias,
 * https://proton.me/support/pass-email-alias, https://support.apple.com/en-tm/HT210425. Not every page names
 * all of its service's domains; one too many costs nobody a reward.
 */
const FORWARDING = [
  'duck.com mozmail.com relay.firefox.com addy.io anonaddy.com anonaddy.me privaterelay.appleid.com',
  'simplelogin.com simplelogin.co simplelogin.fr simplelogin.io aleeas.com slmail.me slmails.com',
  'silomails.com 8alias.com 8shield.net dralias.com passmail.net passmail.com passinbox.com passfwd.com',
];

const words = (lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(' '));

/** Every domain whose kind is known. */
export const MAIL_KINDS: ReadonlyMap<string, Exclude<MailKind, 'private'>> = new Map([
  ...words(FREE).map((domain) => [domain, 'free'] as const),
  ...words(VANITY).map((domain) => [domain, 'vanity'] as const),
  ...words(FORWARDING).map((domain) => [domain, 'forwarding'] as const),
]);

/** The kind of a domain, which is in lower case and ASCII. */
export function mailKind(domain: string): MailKind {
  const kind = MAIL_KINDS.get(domain);
  if (kind !== undefined) return kind;
  return domainsAbove(domain).some((above) => MAIL_KINDS.get(above) === 'forwarding')
    ? 'forwarding'
    : 'private';
}

/** The domains in which a domain lies, the nearest first. */
export function domainsAbove(domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels.slice(1).map((_label, index) => labels.slice(index + 1).join('.'));
}
