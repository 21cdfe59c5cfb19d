import { escapeXml as text } from '../../platform/escape.ts';

/** What a page says of itself: its language and title in plain text, and its CSS. */
interface PageHead {
  readonly locale: string;
  readonly title: string;
  readonly style: string;
}

/** Returns a whole page of ours, which no search engine lists; `main` is HTML already. */
export const wholeHtml = ({ locale, title, style }: PageHead, main: string): string => `<!doctype html>
<html lang="${text(locale)}"><head>${pageHead(title, style)}</head>
<body><main>
${main}
</main></body></html>
`;

const pageHead = (title: string, style: string): string =>
  [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="robots" content="noindex">',
    `<title>${text(title)}</title><style>${style}</style>`,
  ].join('');
