import { de as notices } from '../../engine/notices/templates/de.ts';
import { deDetails } from './de-details.ts';
import { deLateDetails, deReasons } from './de-late.ts';
import { deRecounts } from './de-recounts.ts';
import { deRefusals } from './de-refusals.ts';
import type { SpokenLanguage } from './language.ts';

const SOURCE =
  '{source, select, referral {Regel} milestone {Meilenstein} achievement {Errungenschaft} level {Stufe} ' +
  'season {Saison} operator {Operator} other {{source}}}';
const CAUSE = `${SOURCE} „{rule}“ aus Version {version} der Richtlinie`;
const PERSON =
  '{recipient, select, referrer {der werbenden Person} referred {der geworbenen Person} actor {der ' +
  'handelnden Person} other {dem Mitglied}}';
const WHY = '{why, select, none {} other { ({why})}}';
const POINTS = '{points, plural, one {# Punkt} other {# Punkte}}';

/** What a late event does to later ones; what a rule does by it follows. */
const RENUMBERED =
  'Es kam spät und gibt {count, plural, one {# späteren Ereignis eine andere Nummer} ' +
  'other {# späteren Ereignissen andere Nummern}}';

export const german: SpokenLanguage = {
  locale: 'de',
  points: notices.points,
  sentences: {
    ...deRecounts,
    'reward.granted': `${CAUSE} hat ${PERSON} am {day} {what} gewährt.`,
    'reward.granted_by_hand': `Ein Operator hat ${PERSON} am {day} {what} gewährt.`,
    'reward.granted_again':
      'Das Budget hatte dafür nicht gereicht; ein Operator hat die Prämie am {day} doch gewährt.',
    'reward.thing': '{kind, select, badge {das Abzeichen} other {die Vergünstigung}} „{label}“',
    'reward.held': 'Bis zum {day} gilt eine Wartezeit; eine Erstattung vorher nimmt die Prämie zurück.',
    'reward.held_of_gift': 'Bis zum {day} gilt eine Wartezeit.',
    'reward.held_by_hand': 'Ein Operator hält sie zurück.',
    'reward.taken_by_hand': 'Ein Operator hat sie zurückgenommen.',
    'reward.reversed':
      'Sie wurde zurückgenommen, weil das Ereignis dahinter erstattet wurde oder nicht mehr dafür zählt, ' +
      'oder weil die Zahl dahinter sank.',
    'reward.available': 'Sie ist seit dem {day} verfügbar.',
    'reward.expires': 'Sie ist seit dem {day} verfügbar und verfällt am {until}.',
    'saw.event':
      'Geprüft wurde das {nth, number}. Ereignis „{type}“ der geworbenen Person' +
      '{value, select, none {} other { im Wert von {value}}}, bei {count, plural, one {# qualifizierten ' +
      'Empfehlung} other {# qualifizierten Empfehlungen}} der werbenden Person.',
    'saw.count': 'Geprüft wurde der Stand des Mitglieds ({measure}): {count}.',
    step:
      'Prüfung „{step}“: {passed, select, true {bestanden} other {nicht bestanden}}' +
      '{result, select, none {} other { ({result})}}.',
    'referral.began': 'Sie begann am {day} unter Version {version} der Richtlinie.',
    'referral.nobody': 'Noch hat sich niemand darüber angemeldet.',
    'referral.signed_up': 'Die geworbene Person hat sich am {day} angemeldet.',
    'referral.verdict':
      'Die Betrugsregeln sagten: {verdict, select, allow {zulassen} review {prüfen} other {ablehnen}}.',
    'referral.signals': 'Dagegen sprach: {signals}.',
    'referral.not_qualified': 'Sie hat sich nicht qualifiziert.',
    'referral.qualified': 'Sie hat sich am {day} qualifiziert.',
    'referral.qualified_before':
      'Sie hat sich am {day} durch eine Handlung qualifiziert, die {why, select, refunded {erstattet ' +
      'wurde} other {dafür nicht mehr zählt}}, und keine andere qualifiziert sie.',
    'referral.stage': 'Sie ist {stage}{reason, select, none {} other {. Der Grund: {reason}}}.',
    'referral.corrected':
      'Ein Operator hat sie am {day} {deed, select, cancelled {beendet} attributed {zugeordnet} other ' +
      '{übertragen}}.',
    'referral.due': 'Ohne ein weiteres Ereignis endet dieser Stand am {day}.',
    'event.arrived': 'Das Ereignis „{type}“ traf am {received} ein und geschah am {occurred}.',
    'event.unreadable':
      '{detail, select, email {Die E-Mail-Adresse} code {Der Code} clickId {Die Klick-ID} visitorId {Die ' +
      'Besucher-ID} other {Die Netzwerkadresse}} war nicht lesbar und galt als unbekannt.',
    'event.commanded': 'Veranlasst hat es {actor}.',
    'event.reason': 'Der genannte Grund: „{reason}“',
    'event.converted':
      'Sein Wert von {sent} zählt als {counted}: 1 {from} entspricht {rate} {to}, nach dem Kurs seit ' +
      '{day}.',
    'event.of_reward': 'Es geht um die Prämie des Mitglieds: {what}.',
    'event.accepted':
      'Es wurde angenommen{stage, select, none {} other {; die Empfehlung ist seitdem {stage}}}.',
    'event.refused': 'Es wurde abgelehnt ({code}): {why}',
    'event.granted': `Die Regel „{rule}“ hat ${PERSON} {what} gewährt.`,
    'event.granted_nothing': `Die Regel „{rule}“ hat ${PERSON} nichts gewährt ({code}): {why}`,
    'event.thing': 'das Abzeichen oder die Vergünstigung',
    'event.points': `Die Regel „{rule}“ hat ${PERSON} {amount} gegeben.`,
    'event.no_points': `Die Regel „{rule}“ hat ${PERSON} keine Punkte gegeben ({code}): {why}`,
    'event.achievement': 'Es hat die Errungenschaft „{id}“ gebracht.',
    'event.earned_nothing': 'Keine Regel sprach darauf an, also hat es nichts gebracht.',
    'event.pending': 'Es ist gespeichert und wird bald entschieden.',
    'event.waiting': `Es wartet auf das, worauf es aufbaut, wie ein Kauf auf seine Anmeldung${WHY}.`,
    'event.parked': `Es ließ sich nicht verarbeiten und wartet auf einen Operator${WHY}.`,
    'event.unmatched': `Das Ereignis, auf dem es aufbaut, kam nie${WHY}.`,
    'refund.whole': 'Von dem, was es zurücknimmt, bleibt nichts.',
    'refund.part': 'Es nimmt einen Teil zurück; der Rest des Ereignisses bleibt bestehen.',
    'refund.earlier':
      'Es geschah vor der Handlung, die die Empfehlung qualifiziert hatte, und qualifiziert sie an deren ' +
      'Stelle.',
    'refund.earlier_again':
      'Die Handlung geschah vor der, die die Empfehlung qualifiziert hatte, und qualifiziert sie wieder.',
    'refund.reinstates':
      'Es nimmt eine Erstattung zurück; die Handlung zählt, als hätte es diese Erstattung nie gegeben.',
    'refund.restored': 'Zu dem, was die Regel „{rule}“ gewährte, kam zurück: {amount}.',
    'refund.of_nothing': 'Dafür war nichts gewährt worden.',
    'refund.withdrawn': 'Was die Regel „{rule}“ gab, wurde zurückgezogen.',
    'refund.taken': 'Von dem, was die Regel „{rule}“ gewährte, wurde zurückgenommen: {amount}.',
    'refund.successor': 'Eine andere Handlung qualifiziert die Empfehlung an ihrer Stelle.',
    'numbers.not_qualifying': 'Es qualifiziert die Empfehlung nicht: {why}',
    'numbers.qualified':
      'Es gibt späteren Handlungen andere Nummern, mit denen nun eine davon die Empfehlung qualifiziert.',
    'numbers.unqualified':
      'Es gibt späteren Handlungen andere Nummern, mit denen keine mehr die Empfehlung qualifiziert.',
    'numbers.points_taken': `${RENUMBERED}: Die Regel „{rule}“ nahm zurück: ${POINTS}.`,
    'numbers.points_granted': `${RENUMBERED}: Die Regel „{rule}“ gab ${POINTS}.`,
    'numbers.points_refused': `${RENUMBERED}: Die Regel „{rule}“ gäbe Punkte und gab keine ({code}): {why}`,
    'count.left':
      'Es ändert mehr, als auf einmal geschieht: {count, plural, one {# Antwort einer Regel bleibt} ' +
      'other {# Antworten von Regeln bleiben}} einem Befehl überlassen, der folgt.',
    'count.qualified':
      'Nach der Zahl der Empfehlungen zu ihrer Zeit qualifiziert nun eine andere Handlung die Empfehlung.',
    'count.unqualified':
      'Nach der Zahl der Empfehlungen zu ihrer Zeit qualifiziert keine Handlung die Empfehlung mehr.',
    'points.rule':
      `Die Regel „{rule}“ aus Version {version} der Richtlinie hat für ein Ereignis vom {day} ${POINTS} ` +
      'gegeben.',
    'points.achievement':
      `Die Errungenschaft „{rule}“ aus Version {version} der Richtlinie hat ${POINTS} gegeben; die ` +
      'Handlung, die sie vollendete, war am {day}.',
    'points.reversal':
      `Eine Erstattung vom {day} hat ${POINTS} zurückgenommen, die „{rule}“ aus Version {version} der ` +
      'Richtlinie gegeben hatte.',
    'points.restored':
      `Eine Erstattung wurde am {day} zurückgenommen; so kamen ${POINTS} von „{rule}“ aus Version ` +
      '{version} der Richtlinie zurück.',
    'points.given_by_hand': `Ein Operator hat am {day} von Hand ${POINTS} gegeben.`,
    'points.taken_by_hand': `Ein Operator hat am {day} von Hand ${POINTS} genommen.`,
    'points.taken_back':
      'Von {all, plural, one {# Punkt} other {# Punkten}} {points, plural, one {wurde # zurückgenommen} ' +
      'other {wurden # zurückgenommen}}, weil das Ereignis erstattet wurde.',
    'points.renumbered':
      'Ein Ereignis vom {day} kam spät und gab einem anderen eine höhere Nummer, für die die Regel ' +
      `„{rule}“ aus Version {version} der Richtlinie nichts gibt. Zurückgenommen: ${POINTS}.`,
    'points.by_number':
      'Ein spätes Ereignis gab diesem die Nummer {number}, mit der es die Punkte bekommen hat.',
    'points.lost_number':
      'Ein spätes Ereignis gab diesem die Nummer {number}, mit der es die Punkte nicht mehr bekommt: Sie ' +
      'wurden zurückgenommen.',
    'points.expires': 'Was davon bleibt, verfällt am {day}.',
    'milestone.gone': 'Die geltende Richtlinie hat diesen Meilenstein nicht: Er bringt nichts mehr.',
    'milestone.counts':
      'Der Meilenstein „{name}“ aus Version {version} der Richtlinie zählt {measure, select, ' +
      'qualified_referrals {die qualifizierten Empfehlungen des Mitglieds} revenue {was die ' +
      'qualifizierten Empfehlungen des Mitglieds einbrachten, abzüglich Erstattungen} other {alle ' +
      'Punkte, die das Mitglied ' +
      'je bekam, abzüglich der zurückgenommenen}}: derzeit {count}.',
    'milestone.due':
      'Dafür ist noch etwas zu tun; das erledigt der Workflow des Mitglieds oder der nächste Durchlauf.',
    'milestone.not_now': 'Dafür ist noch etwas zu tun, was ruht, solange das Programm {status} ist.',
    'milestone.next': 'Die nächste Schwelle ist {at}; bis dahin fehlt noch: {more}.',
    'milestone.no_next': 'Eine weitere Schwelle gibt es nicht.',
    'award.reached':
      'Am {day} stand die Zahl bei {count}, und die Schwelle von {at} war{nth, plural, =1 {} other { zum ' +
      '{nth, number}. Mal}} erreicht, nach Version {version} der Richtlinie.',
    'award.waits':
      'Was sie bringt, wartet, weil das Budget des Programms nicht reicht; jeder Durchlauf ' +
      'versucht es erneut.',
    'award.granted': 'Was sie bringt, wurde am {day} gewährt.',
    'award.given_up':
      'Am {day} wurde das aufgegeben, weil die Zahl wieder darunter fiel, bevor das Budget reichte.',
    'award.taken_back': 'Am {day} wurde das zurückgenommen, weil die Zahl wieder darunter fiel.',
    'standing.none': 'Das Mitglied hat in diesem Zeitraum keinen Punktestand und deshalb keinen Rang.',
    'standing.place': 'Das Mitglied ist auf Rang {rank, number} von {members, number} {score}.',
    'standing.first': 'Niemand hat mehr; erreicht wurde dieser Stand am {at}.',
    'standing.behind': 'Um einen Rang zu steigen, braucht es mehr als: {score}.',
    'standing.later':
      'Wer darüber steht, hat ebenso viel und hatte es früher: am {above}, nicht erst am {at}.',
    'standing.tied':
      'Wer darüber steht, hat seit demselben Augenblick ebenso viel; die IDs der Mitglieder entscheiden.',
    'standing.reversed':
      '{count, plural, one {# der gezeigten Empfehlungen zählt nicht mehr, weil eine Erstattung ' +
      'sie beendet ' +
      'hat.} other {# der gezeigten Empfehlungen zählen nicht mehr, weil Erstattungen sie beendet haben.}}',
    'standing.early':
      '{count, plural, one {# davon zählt nicht, weil sie} other {# davon zählen nicht, weil sie}} ' +
      'entschieden ' +
      '{count, plural, one {wurde} other {wurden}}, bevor es die Rangliste gab.',
    'count.referrals':
      '{count, plural, one {# qualifizierte Empfehlung} other {# qualifizierte Empfehlungen}}',
    'count.points': POINTS,
    'count.with_referrals':
      'mit {count, plural, one {# qualifizierten Empfehlung} other {# qualifizierten Empfehlungen}}',
    'count.with_amount': 'mit {amount}',
    'count.with_points': 'mit {points, plural, one {# Punkt} other {# Punkten}}',
  },
  codes: {
    stages: new Map([
      ['invited', 'eingeladen'],
      ['signed_up', 'angemeldet'],
      ['in_review', 'in Prüfung'],
      ['qualified', 'qualifiziert'],
      ['rewarded', 'belohnt'],
      ['reversed', 'rückgängig gemacht'],
      ['rejected', 'abgelehnt'],
      ['expired', 'abgelaufen'],
      ['closed', 'abgeschlossen'],
    ]),
    steps: new Map([
      ['program_live', 'Programm läuft'],
      ['condition', 'Bedingung'],
      ['amount', 'Betrag'],
      ['cap', 'Obergrenze'],
      ['milestone_not_yet_rewarded', 'Meilenstein noch nicht belohnt'],
      ['referrer', 'werbende Person'],
      ['still_earned', 'weiterhin verdient'],
      ['points', 'Punkte'],
      ['threshold_reached', 'Schwelle erreicht'],
    ]),
    signals: new Map([
      ['same_email', 'beide haben dasselbe Postfach'],
      ['email_known', 'ein anderes Mitglied hat dasselbe Postfach'],
      ['same_domain', 'beide haben E-Mail bei derselben privaten Domain'],
      ['earlier_referred_domain', 'eine früher geworbene Person hat dieselbe Domain'],
      ['disposable_email', 'die E-Mail-Adresse ist von einem Anbieter für Wegwerfadressen'],
      ['email_forwarded', 'die E-Mail-Adresse leitet an eine verborgene weiter'],
      ['email_vanity', 'die E-Mail-Adresse gehört zu einer von vielen Domains eines freien Anbieters'],
      ['velocity_hour', 'die werbende Person hatte zu viele Anmeldungen in einer Stunde'],
      ['velocity_day', 'die werbende Person hatte zu viele Anmeldungen an einem Tag'],
      ['velocity_week', 'die werbende Person hatte zu viele Anmeldungen in einer Woche'],
      ['same_visitor', 'frühere Empfehlungen der werbenden Person kamen aus demselben Browser'],
      ['same_ip', 'frühere Empfehlungen der werbenden Person kamen von derselben Netzwerkadresse'],
      ['fact_missing', 'etwas, wonach die Regeln fragen, ist nicht bekannt'],
    ]),
    measures: new Map([
      ['qualified_referrals', 'qualifizierte Empfehlungen'],
      ['revenue', 'Umsatz'],
      ['points', 'Punkte'],
    ]),
    statuses: new Map([
      ['draft', 'ein Entwurf'],
      ['live', 'aktiv'],
      ['paused', 'angehalten'],
      ['ended', 'beendet'],
    ]),
    reasons: deReasons,
    refusals: deRefusals,
  },
  details: [...deDetails, ...deLateDetails],
};
