import { ranOutIn } from '../../domain/referrals/referral.ts';
import type { RefusalDetail } from './language.ts';

/** What is refused in German because the referral's time was over, as came to light later. */
export const deLateDetails: readonly RefusalDetail[] = [
  {
    code: 'referral_ended',
    onRecord: /^The referral’s time was over by then\.$/,
    says: 'Die Zeit der Empfehlung war da schon vorbei.',
  },
  {
    code: 'referral_ended',
    onRecord: /^The referral’s time was over by then, as came to light later\.$/,
    says: 'Die Zeit der Empfehlung war da schon vorbei, wie sich später zeigte.',
  },
  {
    code: 'refund_of_unknown',
    onRecord: /^The referral’s time was over when the refunded event happened\.$/,
    says: 'Die Zeit der Empfehlung war schon vorbei, als das erstattete Ereignis geschah.',
  },
];

/** Why a referral or an event is where it is, in German. */
export const deReasons: ReadonlyMap<string, string> = new Map([
  ['refunded', 'das qualifizierende Ereignis wurde erstattet'],
  ['cancelled', 'ein Operator hat sie beendet'],
  [ranOutIn('invited'), 'niemand hat die Einladung rechtzeitig angenommen'],
  [ranOutIn('signed_up'), 'nichts hat sie rechtzeitig qualifiziert'],
  [ranOutIn('in_review'), 'niemand hat sie rechtzeitig geprüft'],
  ['program_paused', 'das Programm ist angehalten'],
  ['in_review', 'die Empfehlung wird geprüft'],
  ['signup_just_decided', 'die Anmeldung wurde gerade entschieden'],
  ['waits_for_signup', 'die Anmeldung fehlt noch'],
  ['waits_for_invitation', 'die Anmeldung geht zur Einladung, die sie annimmt'],
  ['waits_for_refunded_event', 'das Ereignis, das erstattet wird, fehlt noch'],
  ['waits_for_click', 'der Klick, den die Anmeldung nennt, fehlt noch'],
]);
