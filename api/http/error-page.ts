import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { escapeXml as text } from '../../platform/escape.ts';
import { statusOf } from './error-codes.ts';
import type { ApiError } from './errors.ts';
import { classifyFastify } from './fastify-errors.ts';
import type { ApiMetrics } from './metrics.ts';
import { sendPage } from './page.ts';
import { wholeHtml } from './page-head.ts';
import { pagePolicy } from './page-policy.ts';
import { report, sayWhatToDo } from './send-error.ts';

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif}
main{max-width:32rem;margin:0 auto}
`;

const POLICY = pagePolicy(STYLE, {});

interface Words {
  readonly away: string;
  readonly refused: string;
  readonly comeBack: string;
}

const WORDS: Readonly<Record<'en' | 'de', Words>> = {
  en: {
    away: 'This page is not available at the moment',
    refused: 'This did not work',
    comeBack: 'Please try again in a moment.',
  },
  de: {
    away: 'Diese Seite ist gerade nicht erreichbar',
    refused: 'Das hat nicht geklappt',
    comeBack: 'Bitte versuch es gleich noch einmal.',
  },
};

/** Lets every failure in a scope of the server be answered with a page, since people look at its routes. */
export function failInPages(scope: FastifyInstance, metrics: ApiMetrics): void {
  scope.setErrorHandler((cause, req, reply) => {
    const error = classifyFastify(cause);
    report(req, error.code, metrics, cause, req.routeOptions.url ?? 'unknown');
    sayWhatToDo(reply, error);
    return sendErrorPage(req, reply, error);
  });
}

/** Answers with a page that says that something failed, in the visitor's language. */
export const sendErrorPage = (req: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply =>
  sendPage(reply.code(statusOf(error.code)), errorPage(req, error), POLICY);

function errorPage(req: FastifyRequest, error: ApiError): string {
  const language = /^\s*de\b/i.test(req.headers['accept-language'] ?? '') ? 'de' : 'en';
  const words = WORDS[language];
  const isOurs = statusOf(error.code) >= 500;
  const title = isOurs ? words.away : words.refused;
  // What was refused says more than that; the sentences are English.
  const sentence = isOurs
    ? `<p role="status">${text(words.comeBack)}</p>`
    : `<p role="status" lang="en">${text(error.message)}</p>`;
  return wholeHtml({ locale: language, title, style: STYLE }, `<h1>${text(title)}</h1>\n${sentence}`);
}
