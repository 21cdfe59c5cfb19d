import type { NoticeKind } from '../../../domain/notices/kinds.ts';
import type { NoticeTemplate } from '../../../domain/notices/policy.ts';

/** All that is written in one language: ICU messages, whose variables `domain/notices/kinds.ts` names. */
export interface Language {
  readonly kinds: Readonly<Record<NoticeKind, NoticeTemplate>>;
  /** Below every e-mail; `program` and, in the second, `url`. */
  readonly because: string;
  readonly unsubscribe: string;
  /** A points unit; `points` is the number, `name` that of the unit, empty for plain points. */
  readonly points: string;
  readonly page: {
    readonly title: string;
    /** What the button does, by category. */
    readonly ask: Readonly<Record<'service' | 'engagement', string>>;
    readonly button: string;
    readonly done: string;
    readonly invalid: string;
  };
}
