import type { RefusalCode } from '../../domain/refusal.ts';

/** What the page says, in one language. */
export interface PageTexts {
  readonly language: string;
  readonly title: string;
  readonly intro: string;
  readonly changeable: (until: string) => string;
  readonly unlikely: string;
  readonly likely: string;
  readonly optional: string;
  readonly send: string;
  readonly change: string;
  readonly wrong: string;
  readonly thanks: string;
  readonly thanksText: string;
  readonly share: string;
  readonly back: string;
  readonly forged: string;
  readonly expired: string;
  readonly closed: string;
  readonly early: string;
  readonly refusals: Readonly<Partial<Record<RefusalCode, string>>>;
}

const EN: PageTexts = {
  language: 'en',
  title: 'Tell us what you think',
  intro: 'It takes a minute, and people read it.',
  changeable: (until) => `You can change your answer until ${until}.`,
  unlikely: 'not at all likely',
  likely: 'extremely likely',
  optional: 'optional',
  send: 'Send',
  change: 'Change my answer',
  wrong: 'Something is not right',
  thanks: 'Thank you',
  thanksText: 'Your answer has been received.',
  share: 'If you like, share your link with a friend:',
  back: 'Look at your answer again',
  forged: 'There is no survey at this address. Please open the link exactly as you received it.',
  expired: 'This link has expired. A newer message may hold a newer link.',
  closed: 'This survey is over. Thank you for coming by.',
  early: 'This survey has not begun yet. Please come back later.',
  refusals: {
    answer_empty: 'Please answer one question at least.',
    answer_out_of_range: 'Please choose one of the numbers shown.',
    answer_kind_wrong: 'Please choose one of the answers shown, and write comments as plain text.',
    answer_option_unknown: 'Please choose one of the answers shown.',
    answer_question_unknown: 'The form does not belong to this survey. Please open the link again.',
    answer_too_long: 'Your comment is too long. Please shorten it.',
  },
};

const DE: PageTexts = {
  language: 'de',
  title: 'Sag uns deine Meinung',
  intro: 'Es dauert eine Minute, und Menschen lesen es.',
  changeable: (until) => `Du kannst deine Antwort bis ${until} ändern.`,
  unlikely: 'sehr unwahrscheinlich',
  likely: 'sehr wahrscheinlich',
  optional: 'freiwillig',
  send: 'Absenden',
  change: 'Antwort ändern',
  wrong: 'Etwas stimmt nicht',
  thanks: 'Vielen Dank',
  thanksText: 'Deine Antwort ist angekommen.',
  share: 'Wenn du magst, teile deinen Link mit Freunden:',
  back: 'Antwort noch einmal ansehen',
  forged:
    'Unter dieser Adresse gibt es keine Umfrage. Bitte öffne den Link genau so, wie du ihn erhalten hast.',
  expired: 'Dieser Link ist abgelaufen. Vielleicht enthält eine neuere Nachricht einen neueren Link.',
  closed: 'Diese Umfrage ist beendet. Danke, dass du vorbeigeschaut hast.',
  early: 'Diese Umfrage hat noch nicht begonnen. Bitte komm später wieder.',
  refusals: {
    answer_empty: 'Bitte beantworte mindestens eine Frage.',
    answer_out_of_range: 'Bitte wähle eine der gezeigten Zahlen.',
    answer_kind_wrong: 'Bitte wähle eine der gezeigten Antworten und schreib Kommentare als reinen Text.',
    answer_option_unknown: 'Bitte wähle eine der gezeigten Antworten.',
    answer_question_unknown: 'Das Formular gehört nicht zu dieser Umfrage. Bitte öffne den Link noch einmal.',
    answer_too_long: 'Dein Kommentar ist zu lang. Bitte kürze ihn.',
  },
};

/** The page's words for a locale such as `de-AT`: German, or else English. */
export const textsFor = (locale: string): PageTexts => (/^de(?:$|[-_])/i.test(locale) ? DE : EN);
