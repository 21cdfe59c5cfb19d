import type { FastifyInstance } from 'fastify';
import { escapeXml as text } from '../../platform/escape.ts';
import { CODE_MEANINGS } from '../http/code-meanings.ts';
import { type ErrorCode, statusOf } from '../http/error-codes.ts';
import { sendPage } from '../http/page.ts';
import { wholeHtml } from '../http/page-head.ts';
import { pagePolicy } from '../http/page-policy.ts';
import { TITLES } from '../http/problem.ts';

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif}
main{max-width:44rem;margin:0 auto}
section{border-top:1px solid #8888;padding:.75rem 0}
section:target{outline:2px solid;outline-offset:.5rem}
h2,code{font-family:ui-monospace,monospace}
h2{font-size:1rem;margin:0;overflow-wrap:anywhere}
h2 a{color:inherit}
p{margin:.25rem 0}
`;

/**
 * Serves `/docs/problems`, where the `type` of a problem document leads: what each code means, each under an
 * anchor of its name.
 */
export function registerProblems(app: FastifyInstance): void {
  const html = pageOf(Object.keys(CODE_MEANINGS) as ErrorCode[]);
  const policy = pagePolicy(STYLE, {});
  app.get('/docs/problems', (_req, reply) => sendPage(reply, html, policy, 'no-cache'));
}

const pageOf = (codes: readonly ErrorCode[]): string =>
  wholeHtml(
    { locale: 'en', title: 'Problems', style: STYLE },
    '<h1>Problems</h1>' +
      '<p>A refusal names a <code>code</code>, which never changes its meaning, and a sentence for ' +
      'people.</p>' +
      codes.map(sectionOf).join(''),
  );

function sectionOf(code: ErrorCode): string {
  const status = statusOf(code);
  const meaning = text(CODE_MEANINGS[code]).replace(/`([^`]+)`/g, '<code>$1</code>');
  return (
    `<section id="${code}"><h2><a href="#${code}">${code}</a></h2>` +
    `<p>${status} ${TITLES[status]}</p><p>${meaning}</p></section>`
  );
}
