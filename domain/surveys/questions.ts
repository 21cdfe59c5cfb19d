/** Words by language: ISO 639-1, English always among them. */
export type Words = Readonly<Record<string, string>>;

export interface ChoiceOption {
  readonly id: string;
  readonly text: Words;
}

export type SurveyQuestion =
  /** How likely the member is to recommend, 0 to 10. */
  | { readonly id: string; readonly kind: 'nps'; readonly text: Words }
  | {
      readonly id: string;
      readonly kind: 'scale';
      readonly text: Words;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly id: string;
      readonly kind: 'choice';
      readonly text: Words;
      readonly options: readonly ChoiceOption[];
    }
  | { readonly id: string; readonly kind: 'comment'; readonly text: Words; readonly length_max: number };

/** What a survey asks whose policy names no questions. */
export const DEFAULT_QUESTIONS: readonly SurveyQuestion[] = [
  {
    id: 'nps',
    kind: 'nps',
    text: {
      en: 'How likely are you to recommend us to a friend?',
      de: 'Wie wahrscheinlich ist es, dass du uns weiterempfiehlst?',
    },
  },
  {
    id: 'comment',
    kind: 'comment',
    text: {
      en: 'What is the main reason for your score?',
      de: 'Was ist der wichtigste Grund für deine Bewertung?',
    },
    length_max: 2_000,
  },
];

/** The words in the language of a locale such as `de-AT`, else in English, else in whatever there is. */
export function wordsIn(words: Words, locale: string): string {
  const language = locale.slice(0, 2).toLowerCase();
  return words[language] ?? words['en'] ?? Object.values(words)[0] ?? '';
}
