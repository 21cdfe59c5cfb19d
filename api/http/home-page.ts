import type { FastifyInstance } from 'fastify';
import { escapeXml as text } from '../../platform/escape.ts';
import { sendPage } from './page.ts';
import { wholeHtml } from './page-head.ts';
import { pagePolicy } from './page-policy.ts';

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:0 auto}
h1{font-size:1.4rem}
dt{margin-top:.8rem}
dd{margin:0}
`;

/** What decides which places there are. */
interface HomeSettings {
  readonly isDevelopment: boolean;
  readonly temporalUi?: string;
}

interface Place {
  readonly href: string;
  readonly name: string;
  readonly says: string;
}

const ALWAYS: readonly Place[] = [
  { href: '/docs/api', name: 'API reference', says: 'every operation, to try against this engine' },
  { href: '/docs/problems', name: 'Problems', says: 'what each code of a refusal means' },
  { href: '/account', name: 'Account', says: 'where operators and members sign in' },
  { href: '/readyz', name: 'Health', says: 'whether the engine can work' },
];
const MAILBOX = { href: '/mailbox', name: 'Mailbox', says: 'the e-mails that were kept instead of sent' };

/**
 * Serves `/`: what is at this address. In development that is also the mailbox, and Temporal’s Web UI where
 * `temporalUi` says that one runs.
 */
export function registerHome(app: FastifyInstance, settings: HomeSettings): void {
  const html = pageOf(placesOf(settings));
  const policy = pagePolicy(STYLE, {});
  app.get('/', (_req, reply) => sendPage(reply, html, policy, 'no-cache'));
}

function placesOf({ isDevelopment, temporalUi }: HomeSettings): readonly Place[] {
  if (!isDevelopment) return ALWAYS;
  if (temporalUi === undefined) return [...ALWAYS, MAILBOX];
  const webUi = { href: temporalUi, name: 'Temporal’s Web UI', says: 'the life of each referral' };
  return [...ALWAYS, MAILBOX, webUi];
}

const pageOf = (places: readonly Place[]): string =>
  wholeHtml(
    { locale: 'en', title: 'Referral engine', style: STYLE },
    `<h1>Referral engine</h1>\n<dl>${places.map(entryOf).join('\n')}</dl>`,
  );

const entryOf = ({ href, name, says }: Place): string =>
  `<dt><a href="${text(href)}">${text(name)}</a></dt><dd>${text(says)}</dd>`;
