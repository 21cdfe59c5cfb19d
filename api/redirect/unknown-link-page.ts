import { escapeXml as text } from '../../platform/escape.ts';
import { wholeHtml } from '../http/page-head.ts';
import { pagePolicy } from '../http/page-policy.ts';

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:0 auto}
h1{font-size:1.4rem}
`;

/** Content-Security-Policy of the page: its own style alone. */
export const UNKNOWN_LINK_POLICY = pagePolicy(STYLE, {});

const WORDS = {
  en: [
    'This link does not work',
    'There is no such link. Check the address, or ask whoever sent it to you for a new one.',
  ],
  de: [
    'Dieser Link funktioniert nicht',
    'Diesen Link gibt es nicht. Prüfe die Adresse, oder lass dir einen neuen schicken.',
  ],
} as const;

const pageIn = (locale: keyof typeof WORDS): string => {
  const [title, says] = WORDS[locale];
  const main = `<h1>${text(title)}</h1>\n<p role="status">${text(says)}</p>`;
  return wholeHtml({ locale, title, style: STYLE }, main);
};
const [EN, DE] = [pageIn('en'), pageIn('de')];

/** The page of a link that nobody has, in the language that the browser asks for first. */
export const unknownLinkPage = (acceptLanguage: string | undefined): string =>
  /^de\b/i.test(acceptLanguage ?? '') ? DE : EN;
