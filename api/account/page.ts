import { escapeXml as text } from '../../platform/escape.ts';
import { wholeHtml } from '../http/page-head.ts';
import { pagePolicy } from '../http/page-policy.ts';

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif}
main{max-width:26rem;margin:0 auto}
h1{font-size:1.4rem}
label{display:block;margin:.8rem 0}
input{display:block;box-sizing:border-box;width:100%;margin-top:.2rem;padding:.5rem;font:inherit}
input[type=checkbox]{display:inline;width:auto;margin-right:.5rem}
button{font:inherit;padding:.6rem 1.2rem;margin:.6rem 0;cursor:pointer}
.problem{border-left:4px solid #c33;padding-left:.8rem}
ul{padding-left:1.2rem}
li{overflow-wrap:anywhere}
`;

/** Content-Security-Policy of these pages: their own style and forms, no scripts. */
export const ACCOUNT_PAGE_POLICY = pagePolicy(STYLE, { 'form-action': "'self'" });

/** What a person fills in. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'email' | 'password' | 'checkbox';
  readonly autocomplete?: string;
}

/** A form, and where it leads from. All texts are plain. */
export interface AccountFormPage {
  readonly title: string;
  readonly says: string;
  readonly fields: readonly FormField[];
  readonly button: string;
  readonly links?: readonly { readonly href: string; readonly label: string }[];
}

/** Returns the page of a form; `problem` says why it is shown again. */
export function accountFormPage(
  { title, says, fields, button, links = [] }: AccountFormPage,
  problem: string | null,
): string {
  const refused = problem === null ? '' : `<p class="problem" role="alert">${text(problem)}</p>`;
  return accountPage(
    title,
    `<p>${text(says)}</p>${refused}
<form method="post">${fields.map(fieldOf).join('\n')}
<button>${text(button)}</button></form>
${listOf(links)}`,
  );
}

/** Returns a page that says something, and where one may go from there. */
export const messagePage = (title: string, says: string, links: AccountFormPage['links'] = []): string =>
  accountPage(title, `<p role="status">${text(says)}</p>${listOf(links)}`);

/** Returns a whole page as HTML; `title` is plain text, `body` is HTML already. */
export function accountPage(title: string, body: string): string {
  return wholeHtml({ locale: 'en', title, style: STYLE }, `<h1>${text(title)}</h1>\n${body}`);
}

function fieldOf({ name, label, type, autocomplete }: FormField): string {
  const attributes = [
    `name="${text(name)}"`,
    `type="${type}"`,
    ...(autocomplete === undefined ? [] : [`autocomplete="${autocomplete}"`]),
    ...(type === 'checkbox' ? [] : ['required']),
  ].join(' ');
  return type === 'checkbox'
    ? `<label><input ${attributes}>${text(label)}</label>`
    : `<label>${text(label)}<input ${attributes}></label>`;
}

export const listOf = (links: readonly { readonly href: string; readonly label: string }[]): string =>
  links.length === 0 ? '' : `<ul>${links.map(linkOf).join('')}</ul>`;

const linkOf = ({ href, label }: { readonly href: string; readonly label: string }): string =>
  `<li><a href="${text(href)}">${text(label)}</a></li>`;
