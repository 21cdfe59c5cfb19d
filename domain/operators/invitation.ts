import { DAY_MS } from '../time.ts';

/** How long an invitation may be accepted. */
export const INVITATION_DAYS = 7;
export const invitationEnd_ms = (now_ms: number): number => now_ms + INVITATION_DAYS * DAY_MS;

/** Invitations that a program may have open at once. */
export const OPEN_INVITATIONS_MAX = 100;
