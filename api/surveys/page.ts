import { NPS_MAX } from '../../domain/surveys/nps.ts';
import { type SurveyQuestion, wordsIn } from '../../domain/surveys/questions.ts';
import { escapeXml as text } from '../../platform/escape.ts';
import { wholeHtml } from '../http/page-head.ts';
import { pagePolicy } from '../http/page-policy.ts';
import type { PageTexts } from './texts.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2430;--soft:#525d6b;--paper:#fff;--ground:#f3f5f8;--line:#dde2e9;
  --edge:#767f8c;--accent:#1f5fbf;--on:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--soft:#a3adbb;--paper:#1b2029;--ground:#12161d;
  --line:#2d3543;--edge:#8b95a5;--accent:#8ab4f8;--on:#12161d;--bad:#f2b8b5}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,
  sans-serif}
main{max-width:40rem;margin:0 auto;padding:2rem;background:var(--paper);border:1px solid var(--line);
  border-radius:12px}
h1{margin:0 0 .5rem;font-size:1.6rem;overflow-wrap:anywhere}
p{margin:0 0 1rem}
.soft{color:var(--soft);font-size:.9rem}
fieldset{margin:1.5rem 0;padding:0;border:0;min-width:0}
legend,.question{display:block;padding:0;margin-bottom:.5rem;font-weight:600;overflow-wrap:anywhere}
.steps{display:flex;flex-wrap:wrap;gap:.5rem}
.ends{display:flex;justify-content:space-between;gap:1rem;margin-top:.25rem;color:var(--soft);
  font-size:.85rem}
.steps label{position:relative;display:flex;align-items:center;justify-content:center;min-width:2.75rem;
  height:2.75rem;padding:0 .5rem;border:1px solid var(--edge);border-radius:8px;cursor:pointer}
.steps input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}
.steps label:has(:checked){background:var(--accent);border-color:var(--accent);color:var(--on);
  font-weight:700}
.steps label:has(:focus-visible),button:focus-visible,textarea:focus-visible,a:focus-visible{
  outline:3px solid var(--accent);outline-offset:2px}
.options label{display:flex;gap:.5rem;padding:.4rem 0;overflow-wrap:anywhere}
textarea{width:100%;min-height:7rem;padding:.6rem;border:1px solid var(--edge);border-radius:8px;
  background:var(--paper);color:inherit;font:inherit}
button{padding:.7rem 1.5rem;border:0;border-radius:8px;background:var(--accent);color:var(--on);
  font:inherit;font-weight:600;cursor:pointer}
form+.soft{margin-top:1rem}
.error{padding:.75rem 1rem;border:1px solid var(--bad);border-radius:8px;color:var(--bad)}
a{color:var(--accent);overflow-wrap:anywhere}
`;

/** What the page may load and do: its own style, and to send its form back here. No scripts at all. */
export const SURVEY_PAGE_POLICY = pagePolicy(STYLE, { 'form-action': "'self'" });

/**
 * Fields of the form are questions' ids with this before them, so that no other field is taken for an answer.
 */
export const FIELD_PREFIX = 'a_';

export interface FormPage {
  readonly texts: PageTexts;
  readonly locale: string;
  readonly programName: string;
  readonly questions: readonly SurveyQuestion[];
  /** What was answered before, or sent just now, by question id. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly hasAnswered: boolean;
  readonly closesAt: Date | null;
  /** Why what was sent was refused; null at first. */
  readonly error: string | null;
}

/** The page with the questions. Everything that anybody wrote is escaped. */
export function formPage(page: FormPage): string {
  const { texts, questions, error, closesAt, hasAnswered } = page;
  const until =
    closesAt === null ? '' : `<p class="soft">${text(texts.changeable(dayIn(closesAt, texts.language)))}</p>`;
  const problem =
    error === null
      ? ''
      : `<p class="error" role="alert"><strong>${text(texts.wrong)}.</strong> ${text(error)}</p>`;
  const body = `<h1>${text(texts.title)}</h1>
<p>${text(page.programName)} · ${text(texts.intro)}</p>${problem}
<form method="post">
${questions.map((question) => field(question, page)).join('\n')}
<button type="submit">${text(hasAnswered ? texts.change : texts.send)}</button>
</form>
${until}`;
  return document(texts, texts.title, body);
}

/** The page after an answer; with the member's own link for whoever would recommend us. */
export function thanksPage(texts: PageTexts, shareUrl: string | null): string {
  const share =
    shareUrl === null
      ? ''
      : `<p>${text(texts.share)}<br><a href="${text(shareUrl)}">${text(shareUrl)}</a></p>`;
  return document(
    texts,
    texts.thanks,
    `<h1>${text(texts.thanks)}</h1>
<p role="status">${text(texts.thanksText)}</p>${share}
<p><a href="">${text(texts.back)}</a></p>`,
  );
}

/** A page that says one thing: why there is nothing to answer. */
export const sentencePage = (texts: PageTexts, sentence: string): string =>
  document(texts, texts.title, `<h1>${text(texts.title)}</h1>\n<p role="status">${text(sentence)}</p>`);

function field(question: SurveyQuestion, { texts, locale, answers }: FormPage): string {
  const name = `${FIELD_PREFIX}${question.id}`;
  const value = answers[question.id];
  const label = text(wordsIn(question.text, locale));
  switch (question.kind) {
    case 'nps': {
      const [low, high] = [`0: ${text(texts.unlikely)}`, `${NPS_MAX}: ${text(texts.likely)}`];
      const ends = `<div class="ends" aria-hidden="true"><span>${low}</span><span>${high}</span></div>`;
      const spoken = (step: number) => (step === 0 ? texts.unlikely : step === NPS_MAX ? texts.likely : null);
      return steps({ name, label, min: 0, max: NPS_MAX, value, spoken }, ends);
    }
    case 'scale':
      return steps({ name, label, min: question.min, max: question.max, value, spoken: () => null }, '');
    case 'choice': {
      const options = question.options.map((option) =>
        radio({ name, value: option.id, isChecked: value === option.id }, text(wordsIn(option.text, locale))),
      );
      return `<fieldset><legend>${label}</legend><div class="options">${options.join('')}</div></fieldset>`;
    }
    case 'comment': {
      const written = typeof value === 'string' ? text(value) : '';
      const optional = `<span class="soft">(${text(texts.optional)})</span>`;
      const names = `id="${text(name)}" name="${text(name)}"`;
      const attributes = `${names} maxlength="${question.length_max}" rows="5"`;
      return [
        `<fieldset><label class="question" for="${text(name)}">${label} ${optional}</label>`,
        // A line end right after the tag would be dropped, and so the first of the member's own.
        `<textarea ${attributes}>\n${written}</textarea></fieldset>`,
      ].join('');
    }
  }
}

interface Radio {
  readonly name: string;
  readonly value: string;
  readonly isChecked: boolean;
  /** What a screen reader says; left out or null: the label. */
  readonly spokenName?: string | null;
}

/** One answer to choose; `label` is HTML already. */
function radio({ name, value, isChecked, spokenName = null }: Radio, label: string): string {
  const spoken = spokenName === null ? '' : ` aria-label="${text(spokenName)}"`;
  const attributes = `name="${text(name)}" value="${text(value)}"${spoken}${isChecked ? ' checked' : ''}`;
  return `<label><input type="radio" ${attributes}><span>${label}</span></label>`;
}

interface Steps {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: unknown;
  /** What a screen reader says besides the number. */
  readonly spoken: (step: number) => string | null;
}

function steps({ name, label, min, max, value, spoken }: Steps, after: string): string {
  const radios = Array.from({ length: max - min + 1 }, (_, index) => {
    const step = min + index;
    const words = spoken(step);
    const spokenName = words === null ? null : `${step}: ${words}`;
    return radio({ name, value: `${step}`, isChecked: value === step, spokenName }, `${step}`);
  });
  return `<fieldset><legend>${label}</legend><div class="steps">${radios.join('')}</div>${after}</fieldset>`;
}

const dayIn = (date: Date, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(date);

function document({ language }: PageTexts, title: string, body: string): string {
  return wholeHtml({ locale: language, title, style: STYLE }, body);
}
