import { escapeXml as text } from '../../platform/escape.ts';

/**
 * Returns what stands in the head of a page for members, which no search engine lists. `title` is plain
 * text, `style` is CSS.
 */
export const pageHead = (title: string, style: string): string =>
  [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="robots" content="noindex">',
    `<title>${text(title)}</title><style>${style}</style>`,
  ].join('');
