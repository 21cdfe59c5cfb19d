import type { SentenceName } from './language.ts';

const POINTS = '{points, plural, one {# Punkt} other {# Punkte}}';
const THEN = 'wer das Mitglied geworben hatte und wie viele Geworbene bis dahin qualifiziert waren';
const GONE = 'Danach bekommt es sie nicht mehr: Sie wurden zurückgenommen.';
const RECOUNTED = `Danach, ${THEN}, bei {count, plural, one {# Ereignis} other {# Ereignissen}}`;

/** What is asked again about points, or moved to another time, as more is known; in German. */
export const deRecounts = {
  'recount.points_taken': `${RECOUNTED}: Die Regel „{rule}“ nahm zurück: ${POINTS}.`,
  'recount.points_granted': `${RECOUNTED}: Die Regel „{rule}“ gab ${POINTS}.`,
  'recount.points_refused': `${RECOUNTED}: Die Regel „{rule}“ gäbe Punkte und gab keine ({code}): {why}`,
  'points.recounted':
    `Danach, ${THEN}, gibt die Regel „{rule}“ aus Version {version} der Richtlinie für ein Ereignis nichts ` +
    `mehr. Zurückgenommen: ${POINTS}.`,
  'points.by_recount': `Es bekam sie, als erneut gefragt wurde, ${THEN}.`,
  'points.lost_recount': `Es wurde erneut gefragt, ${THEN}. ${GONE}`,
  'event.achievement_moved':
    'Damit vollendet eine andere Handlung oder Zeit die Errungenschaft „{id}“. Das Mitglied behält sie.',
  'points.redated':
    'Sie zählen zu diesem Tag, seit ein Ereignis geändert hat, was die Errungenschaft vollendet.',
  'event.anew':
    'Es war schon entschieden und wird neu entschieden, weil seither etwas eintraf, was die Antwort ' +
    'ändert.',
  'event.ended':
    'Es war zuerst angenommen{what, select, refund { wie auch das, was es zurücknimmt} other {}}. ' +
    'Durch ein später entschiedenes Ereignis endete die Zeit der Empfehlung früher, und {what, select, ' +
    'refund {was es zurücknimmt, war} other {es war}} zu spät.',
  'count.rewards_moved':
    'Danach, wann sich welche Empfehlung qualifiziert hat, {count, plural, one {hat # Prämie für die ' +
    'Zahl der Empfehlungen} other {haben # Prämien für die Zahl der Empfehlungen}} nun andere Zeiten: ' +
    'die der Empfehlung, mit der die Zahl erreicht ist.',
  'count.asked':
    'Die Zahl der Empfehlungen hat sich verschoben, also {count, plural, one {wird # andere Empfehlung} ' +
    'other {werden # andere Empfehlungen}} neu gefragt.',
  'count.actions_asked':
    'Die Zahl der Empfehlungen hat sich verschoben, also {count, plural, one {wurde # Aktion} other ' +
    '{wurden # Aktionen}} des Mitglieds erneut an den Punkteregeln gemessen.',
} as const satisfies Partial<Record<SentenceName, string>>;
