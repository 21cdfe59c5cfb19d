import { ok, type Result, refuse } from '../refusal.ts';
import { type Mailbox, mailboxOf } from './mailbox.ts';

/**
 * RFC 5321, 4.5.3.1.1: octets of a local part; and 4.5.3.1.3: a path of 256 octets less its angle brackets.
 */
export const LOCAL_OCTETS_MAX = 64;
export const EMAIL_OCTETS_MAX = 254;
/** RFC 1035, 2.3.4. */
const LABEL_OCTETS_MAX = 63;

/**
 * By which rules keys are made. One more with each change of these, so that the upkeep finds the members
 * whose keys are older.
 */
export const EMAIL_KEY_RULES = 2;

export interface NormalEmail extends Mailbox {
  /** The address to write to: trimmed, lower case. */
  readonly email: string;
  /** The same with its domain in ASCII, so that two ways to write one domain are equal. */
  readonly ascii: string;
}

/**
 * Reads an e-mail address as people have them: a dot-atom, an at sign, a host name of two labels or more;
 * letters of any script (RFC 6531). Its key is equal for all spellings of one mailbox, and the key of a key
 * is itself. Refuses quoted local parts, address literals and all else with `email_malformed`. Time grows
 * linearly with the input.
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
  const host = hostOf(domain);
  if (host === null) return malformed('has a domain that is no host name');
  const ascii = `${local}@${host}`;
  if (octets(ascii) > EMAIL_OCTETS_MAX) return malformed('is too long');
  return ok({ email, ascii, ...mailboxOf(local, host) });
}

const malformed = (what: string): Result<never> => refuse('email_malformed', `The e-mail address ${what}.`);

/**
 * RFC 5322 `atext`, and letters, marks and digits of any script; one class and one repetition, so it cannot
 * backtrack.
 */
const ATOM = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+$/u;
const LABEL = /^[\p{L}\p{M}\p{N}-]+$/u;
const DIGITS = /^[0-9]+$/;

/**
 * A domain in ASCII, as the DNS and lists of domains have it: the "domain to ASCII" of the URL standard.
 * null: it is no host name.
 */
function hostOf(domain: string): string | null {
  const isLabel = (label: string): boolean =>
    LABEL.test(label) && !label.startsWith('-') && !label.endsWith('-');
  if (!domain.split('.').every(isLabel)) return null;
  const url = `http://${domain}`;
  const labels = URL.canParse(url) ? new URL(url).hostname.split('.') : [];
  // The URL standard takes more than digits for a number, and then gives an address of IPv4.
  if (labels.length < 2 || DIGITS.test(labels.at(-1) ?? '')) return null;
  return labels.every((label) => label.length <= LABEL_OCTETS_MAX) ? labels.join('.') : null;
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
