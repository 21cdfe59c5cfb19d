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
} as const satisfies Partial<Record<SentenceName, string>>;
