import { createHmac, timingSafeEqual } from 'node:crypto';
import { DAY_MS } from '../../domain/time.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';

/** What links to surveys are made with, in the API as in whatever sends them. */
export interface SurveyLinkSettings {
  /** Where members reach the API. */
  readonly publicUrl: string;
  /** Key of the signature. */
  readonly linkSecret: string;
}

/** How long a link is good for, from when it is made: longer than any survey stays open. */
export const LINK_DAYS = 90;

const ID_BYTES = 16;
const TIME_BYTES = 6;
const MAC_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{72}$/;

/** Parts of the signed text that keep it from ever being taken for something else that the secret signs. */
const PURPOSE = 'survey-link:1:';

const sign = (secret: string, content: Buffer): Buffer =>
  createHmac('sha256', secret).update(PURPOSE).update(content).digest();

/** The token for a survey: its id and when the token ends (milliseconds since 1970), with their HMAC-SHA-256, in base64url. */
export function surveyToken(secret: string, surveyId: string, expires_at_ms: number): string {
  const content = Buffer.alloc(ID_BYTES + TIME_BYTES);
  Buffer.from(surveyId.replaceAll('-', ''), 'hex').copy(content);
  content.writeUIntBE(expires_at_ms, ID_BYTES, TIME_BYTES);
  return Buffer.concat([content, sign(secret, content)]).toString('base64url');
}

/** The address at which a member answers a survey without signing in. Whoever has it may answer: it goes to the member alone. */
export function surveyLink(
  { publicUrl, linkSecret }: SurveyLinkSettings,
  surveyId: string,
  now_ms: number = Date.now(),
): string {
  const token = surveyToken(linkSecret, surveyId, now_ms + LINK_DAYS * DAY_MS);
  return `${publicUrl.replace(/\/+$/, '')}/s/${token}`;
}

export type TokenReading =
  | { readonly ok: true; readonly surveyId: string }
  | { readonly ok: false; readonly reason: 'forged' | 'expired' };

/** The survey that a token names. Its signature is compared in constant time, and before anything in it is believed. */
export function readSurveyToken(secret: string, token: string, now_ms: number): TokenReading {
  if (!TOKEN.test(token)) return { ok: false, reason: 'forged' };
  const bytes = Buffer.from(token, 'base64url');
  const content = bytes.subarray(0, ID_BYTES + TIME_BYTES);
  const mac = bytes.subarray(ID_BYTES + TIME_BYTES);
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, sign(secret, content)))
    return { ok: false, reason: 'forged' };
  if (content.readUIntBE(ID_BYTES, TIME_BYTES) <= now_ms) return { ok: false, reason: 'expired' };
  const hex = content.subarray(0, ID_BYTES).toString('hex');
  const surveyId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return UUID_PATTERN.test(surveyId) ? { ok: true, surveyId } : { ok: false, reason: 'forged' };
}
