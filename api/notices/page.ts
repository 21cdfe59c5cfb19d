import { escapeXml as text } from '../../platform/escape.ts';
import { wholeHtml } from '../http/page-head.ts';
import { pagePolicy } from '../http/page-policy.ts';

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:0 auto}
h1{font-size:1.4rem}
button{font:inherit;padding:.6rem 1.2rem;cursor:pointer}
iframe{width:100%;min-height:24rem;border:1px solid #8888}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884;overflow-wrap:anywhere}
`;

/** Content-Security-Policy of a page for members: its own style and its own form, no scripts. */
export const NOTICE_PAGE_POLICY = pagePolicy(STYLE, { 'form-action': "'self'" });

/** The same for the mailbox, which shows letters in frames: it allows the inline styles that they bring. */
export const MAILBOX_POLICY = pagePolicy(STYLE, {
  'style-src': "'unsafe-inline'",
  'frame-src': "'self'",
});

/** Returns a whole page as HTML; `title` is plain text, `body` is HTML already. */
export function noticePage(locale: string, title: string, body: string): string {
  return wholeHtml({ locale, title, style: STYLE }, `<h1>${text(title)}</h1>\n${body}`);
}
