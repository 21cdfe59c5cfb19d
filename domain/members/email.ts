import { ok, type Result, refuse } from '../refusal.ts';

/**
 * RFC 5321, 4.5.3.1.1: octets of a local part; and 4.5.3.1.3: a path of 256 octets less its angle brackets.
 */
export const LOCAL_OCTETS_MAX = 64;
export const EMAIL_OCTETS_MAX = 254;
/** RFC 1035, 2.3.4. */
const LABEL_OCTETS_MAX = 63;

/**
 * Providers whose domain strangers share, so that an equal domain does not say that two people know each
 * other. The list is short on purpose: a missing one costs an operator a look at a false signal, one too many
 * hides a real one.
 */
export const FREE_PROVIDERS: ReadonlySet<string> = new Set(
  [
    'gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr live.com msn.com',
    'yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.fr yahoo.de ymail.com aol.com icloud.com',
    'me.com mac.com proton.me protonmail.com pm.me tuta.com tutanota.com fastmail.com gmx.com gmx.de',
    'gmx.net gmx.at web.de t-online.de mail.com zoho.com hey.com duck.com orange.fr free.fr laposte.net',
    'libero.it wp.pl seznam.cz comcast.net uol.com.br yandex.ru yandex.com mail.ru qq.com 163.com',
    '126.com naver.com rediffmail.com',
  ].flatMap((line) => line.split(' ')),
);

export const isFreeProvider = (domain: string): boolean => FREE_PROVIDERS.has(domain);

export interface NormalEmail {
  /** The address to write to: trimmed, lower case. */
  readonly email: string;
  /**
   * Equal for two spellings of one mailbox: without the tag, and without dots at gmail. To compare, never to
   * write to.
   */
  readonly key: string;
  /** The key's domain. */
  readonly domain: string;
}

/**
 * Reads an e-mail address as people have them: a dot-atom, an at sign, a host name of two labels or more;
 * letters of any script (RFC 6531). Refuses quoted local parts, address literals and all else with
 * `email_malformed`. Time grows linearly with the input.
 */
export function normalizeEmail(raw: string): Result<NormalEmail> {
  const trimmed = raw.trim();
  // No character takes less than an octet: what has more characters is too long.
  if (trimmed.length > EMAIL_OCTETS_MAX) return malformed('is too long');
  const email = trimmed.normalize('NFC').toLowerCase().normalize('NFC');
  if (email !== email.normalize('NFKC')) return malformed('has look-alike characters');
  const at = email.lastIndexOf('@');
  const local = email.slice(0, Math.max(at, 0));
  const domain = email.slice(at + 1);
  if (at < 0) return malformed('has no at sign');
  if (octets(email) > EMAIL_OCTETS_MAX || octets(local) > LOCAL_OCTETS_MAX) return malformed('is too long');
  if (!local.split('.').every((atom) => ATOM.test(atom))) {
    return malformed('has a local part that no mailbox has');
  }
  if (!isHostName(domain)) return malformed('has a domain that is no host name');
  return ok({ email, ...keyOf(local, domain) });
}

const malformed = (what: string): Result<never> => refuse('email_malformed', `The e-mail address ${what}.`);

/**
 * RFC 5322 `atext`, and letters, marks and digits of any script; one class and one repetition, so it cannot
 * backtrack.
 */
const ATOM = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+$/u;
const LABEL = /^[\p{L}\p{M}\p{N}-]+$/u;
const DIGITS = /^[0-9]+$/;

function isHostName(domain: string): boolean {
  const labels = domain.split('.');
  const last = labels.at(-1) ?? '';
  const isLabel = (label: string): boolean =>
    LABEL.test(label) && octets(label) <= LABEL_OCTETS_MAX && !label.startsWith('-') && !label.endsWith('-');
  return labels.length >= 2 && labels.every(isLabel) && !DIGITS.test(last);
}

function keyOf(local: string, domain: string): { key: string; domain: string } {
  const home = domain === 'googlemail.com' ? 'gmail.com' : domain;
  const tag = local.indexOf('+');
  // A local part that is all tag keeps it: without it nothing would be left to compare.
  const mailbox = tag > 0 ? local.slice(0, tag) : local;
  return { key: `${home === 'gmail.com' ? mailbox.replaceAll('.', '') : mailbox}@${home}`, domain: home };
}

/** Length in UTF-8, in which the RFCs count. */
function octets(text: string): number {
  let sum = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    sum += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return sum;
}
