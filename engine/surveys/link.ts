import { below } from '../../domain/address.ts';
import { DAY_MS } from '../../domain/time.ts';
import { openToken, signToken } from '../../platform/signed-token.ts';

/** What links to surveys are made with, in the API as in whatever sends them. */
export interface SurveyLinkSettings {
  /** Where members reach the API. */
  readonly publicUrl: string;
  /** Key of the signature. */
  readonly linkSecret: string;
}

/** How long a link is good for, from when it is made: longer than any survey stays open. */
export const LINK_DAYS = 90;

/** The token for a survey: its id and when the token ends (milliseconds since 1970), signed. */
export function surveyToken(secret: string, surveyId: string, expires_at_ms: number): string {
  return signToken(secret, 'survey', [surveyId, String(expires_at_ms)]);
}

/**
 * The address at which a member answers a survey without signing in. Whoever has it may answer: it goes to
 * the member alone.
 */
export function surveyLink(
  { publicUrl, linkSecret }: SurveyLinkSettings,
  surveyId: string,
  now_ms: number = Date.now(),
): string {
  const token = surveyToken(linkSecret, surveyId, now_ms + LINK_DAYS * DAY_MS);
  return below(publicUrl, `/s/${token}`);
}

export type TokenReading =
  | { readonly ok: true; readonly surveyId: string }
  | { readonly ok: false; readonly reason: 'forged' | 'expired' };

/** The survey that a token names. Nothing in it is believed before its signature is. */
export function readSurveyToken(secret: string, token: string, now_ms: number): TokenReading {
  const [surveyId, expires_at_ms] = openToken(secret, 'survey', token) ?? [];
  if (surveyId === undefined || expires_at_ms === undefined) return { ok: false, reason: 'forged' };
  if (Number(expires_at_ms) <= now_ms) return { ok: false, reason: 'expired' };
  return { ok: true, surveyId };
}
