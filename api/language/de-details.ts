import type { RefusalDetail } from './language.ts';

/** What these refusals name or advise beyond their code, as `language.ts` says. */
export const deDetails: readonly RefusalDetail[] = [
  {
    code: 'order_known',
    onRecord: /^This order came before, under the key “(.+)”\.$/s,
    says: 'Diese Bestellung kam schon, unter dem Schlüssel „$1“.',
  },
  {
    code: 'already_refunded',
    onRecord: /^This refund has been taken back before\.$/,
    says: 'Diese Erstattung wurde schon zurückgenommen.',
  },
  {
    code: 'already_refunded',
    onRecord: /^The event has been refunded as a whole before\.$/,
    says: 'Das Ereignis ist schon ganz erstattet.',
  },
  {
    code: 'refund_in_part',
    onRecord: /^A refund is taken back whole\. Leave the value out, then refund what remains\.$/,
    says: 'Eine Erstattung wird nur ganz zurückgenommen: Den Wert weglassen, dann erstatten, was übrig ist.',
  },
  {
    code: 'refund_too_large',
    onRecord: /^The refund took only (\d+) minor units\.$/,
    says: 'Die Erstattung nahm nur $1 kleinste Einheiten zurück.',
  },
  {
    code: 'refund_too_large',
    onRecord: /^Only (\d+) minor units of the event are left to refund\.$/,
    says: 'Vom Ereignis sind nur noch $1 kleinste Einheiten zu erstatten.',
  },
  {
    code: 'refund_too_large',
    onRecord: /^The event has no value, so it can only be refunded as a whole\.$/,
    says: 'Das Ereignis hat keinen Wert und lässt sich nur ganz erstatten.',
  },
  {
    code: 'unit_mismatch',
    onRecord: /^The event's value is in (\S+), the refund in (\S+)\.$/,
    says: 'Das Ereignis hat seinen Wert in $1, die Erstattung in $2.',
  },
  {
    code: 'unit_mismatch',
    onRecord: /^The refund was in (\S+), and this is in (\S+)\.$/,
    says: 'Die Erstattung war in $1, und diese ist in $2.',
  },
  {
    code: 'not_triggered',
    onRecord: /^No rule of this program answers to this (.+)\.$/s,
    says: 'Keine Regel dieses Programms spricht auf „$1“ an.',
  },
  {
    code: 'not_triggered',
    onRecord: /^A signup of this member has been counted before\.$/,
    says: 'Eine Anmeldung dieses Mitglieds wurde schon gezählt.',
  },
  {
    code: 'already_qualified',
    onRecord: /^No rule of this program answers to this (.+)\.$/s,
    says: 'Die Empfehlung ist schon qualifiziert, und keine Regel spricht auf „$1“ an.',
  },
  {
    code: 'outside_qualification_window',
    onRecord: /^It did not happen within (\d+) days after the signup\.$/,
    says: 'Es geschah nicht innerhalb von $1 Tagen nach der Anmeldung.',
  },
  {
    code: 'below_minimum',
    onRecord: /^It needs a value of at least (.+)\.$/,
    says: 'Es braucht einen Wert von mindestens $1.',
  },
  {
    code: 'below_minimum',
    onRecord: /^Its value is below (.+)\.$/,
    says: 'Sein Wert liegt unter $1.',
  },
  {
    code: 'below_minimum',
    onRecord: /^The least that can be redeemed is (\d+) minor units of (\S+)\.$/,
    says: 'Mindestens $1 kleinste Einheiten von $2 lassen sich einlösen.',
  },
  {
    code: 'below_minimum',
    onRecord: /^The fee would leave nothing of it\.$/,
    says: 'Die Gebühr ließe nichts davon übrig.',
  },
  {
    code: 'rate_missing',
    onRecord: /^The policy asks for (\S+), the event is in (\S+), and no rate .+\.$/,
    says: 'Die Richtlinie fragt nach $1, das Ereignis ist in $2, und für seine Zeit fehlt der Kurs.',
  },
  {
    code: 'rate_missing',
    onRecord: /^The event's value is in (\S+), this rule counts (\S+), and no rate .+\.$/,
    says: 'Das Ereignis hat seinen Wert in $1, die Regel zählt $2, und für seine Zeit fehlt der Kurs.',
  },
  {
    code: 'rate_missing',
    onRecord: /^The event's value is in (\S+), this program rewards in (\S+), and no rate .+\.$/,
    says: 'Das Ereignis hat seinen Wert in $1, das Programm belohnt in $2; für seine Zeit fehlt der Kurs.',
  },
  {
    code: 'refund_too_late',
    onRecord: /^Refunds count for (\d+) days after what they take back\.$/,
    says: 'Erstattungen zählen bis $1 Tage nach dem, was sie zurücknehmen.',
  },
  {
    code: 'unit_mismatch',
    onRecord: /^The event is worth (\S+), and the refund names (\S+)\.$/,
    says: 'Das Ereignis hat seinen Wert in $1, und die Erstattung nennt $2.',
  },
  {
    code: 'unit_mismatch',
    onRecord: /^This program does not redeem (\S+)\.$/,
    says: 'Dieses Programm löst $1 nicht ein.',
  },
  {
    code: 'unit_mismatch',
    onRecord: /^This item is redeemed in (\S+)\.$/,
    says: 'Dieser Artikel wird in $1 eingelöst.',
  },
  {
    code: 'unit_mismatch',
    onRecord: /^This program rewards in (\S+); points are given by points\.adjust\.$/,
    says: 'Dieses Programm belohnt in $1; Punkte vergibt points.adjust.',
  },
  {
    code: 'not_eligible',
    onRecord: /^This item is for members from level (.+) on\.$/,
    says: 'Der Artikel ist für Mitglieder ab Stufe $1.',
  },
  {
    code: 'amount_too_large',
    onRecord: /^An event brings at most (\d+) points\.$/,
    says: 'Ein Ereignis bringt höchstens $1 Punkte.',
  },
  {
    code: 'amount_too_large',
    onRecord: /^A reward is at most (\d+) minor units\.$/,
    says: 'Eine Prämie hat höchstens $1 kleinste Einheiten.',
  },
  {
    code: 'amount_too_large',
    onRecord: /^An amount is at most (\d+) minor units\.$/,
    says: 'Ein Betrag hat höchstens $1 kleinste Einheiten.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This rule grants at most (\d+) times in all\.$/,
    says: 'Diese Regel gewährt insgesamt höchstens $1-mal.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This rule grants at most (\d+) times in (\d+) days\.$/,
    says: 'Diese Regel gewährt in $2 Tagen höchstens $1-mal.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This rule grants at most (\d+) points in all\.$/,
    says: 'Diese Regel gewährt insgesamt höchstens $1 Punkte.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This rule grants at most (\d+) points in (\d+) days\.$/,
    says: 'Diese Regel gewährt in $2 Tagen höchstens $1 Punkte.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This rule grants at most (\d+) minor units of (\S+) in all\.$/,
    says: 'Diese Regel gewährt insgesamt höchstens $1 kleinste Einheiten von $2.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This rule grants at most (\d+) minor units of (\S+) in (\d+) days\.$/,
    says: 'Diese Regel gewährt in $3 Tagen höchstens $1 kleinste Einheiten von $2.',
  },
  {
    code: 'cap_reached',
    onRecord: /^This milestone has been rewarded before\.$/,
    says: 'Dieser Meilenstein wurde schon belohnt.',
  },
  {
    code: 'operator_refused',
    onRecord: /^An operator took back what the rule granted for the referral\.$/,
    says: 'Ein Operator hat zurückgenommen, was die Regel für die Empfehlung gewährt hatte.',
  },
  {
    code: 'operator_refused',
    onRecord: /^An operator took the reward back\.$/,
    says: 'Ein Operator hat die Prämie zurückgenommen.',
  },
  {
    code: 'stage_forbids',
    onRecord: /^The signup was refused with (\S+), which no referrer would change\.$/,
    says: 'Die Anmeldung wurde mit „$1“ abgelehnt; daran ändert keine werbende Person etwas.',
  },
  {
    code: 'stage_forbids',
    onRecord: /^Nobody has signed up through this invitation yet\.$/,
    says: 'Über diese Einladung hat sich noch niemand angemeldet.',
  },
  {
    code: 'link_expired',
    onRecord: /^The invitation has ended\.$/,
    says: 'Die Einladung ist beendet.',
  },
  {
    code: 'already_resolved',
    onRecord: /^The reward has been granted since\.$/,
    says: 'Die Prämie wurde inzwischen gewährt.',
  },
  {
    code: 'referral_ended',
    onRecord: /^The referral was rejected or cancelled\.$/,
    says: 'Die Empfehlung wurde abgelehnt oder beendet.',
  },
  {
    code: 'answer_out_of_range',
    onRecord: /^The answer must be from (-?\d+) to (-?\d+)\.$/,
    says: 'Die Antwort muss zwischen $1 und $2 liegen.',
  },
  {
    code: 'answer_too_long',
    onRecord: /^A comment has at most (\d+) characters\.$/,
    says: 'Ein Kommentar hat höchstens $1 Zeichen.',
  },
  {
    code: 'condition_invalid',
    onRecord: /^The condition cannot be evaluated: (.+)\.$/s,
    says: 'Die Bedingung lässt sich nicht auswerten: $1.',
  },
  {
    code: 'earning_ended',
    onRecord: /^The referral earns by what happens within (\d+) days after the signup\.$/,
    says: 'Die Empfehlung bringt etwas durch das, was innerhalb von $1 Tagen nach der Anmeldung geschieht.',
  },
];
