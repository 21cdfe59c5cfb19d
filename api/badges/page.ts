import { escapeXml as text } from '../../platform/escape.ts';
import { pagePolicy } from '../http/page-policy.ts';
import type { CredentialState, SignedBadge } from './find.ts';

const STYLE = `:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--paper:#fff;--ground:#f3f5f8;
  --line:#dde2e9}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--soft:#a3adbb;--paper:#1b2029;
  --ground:#12161d;--line:#2d3543}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem;background:var(--ground);color:var(--ink);
  font:16px/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:0 auto;padding:2rem;background:var(--paper);
  border:1px solid var(--line);border-radius:12px}
img{display:block;width:160px;height:160px;margin:0 auto 1rem}
h1{margin:.25rem 0;font-size:1.6rem;text-align:center;overflow-wrap:anywhere}
.status{margin:0 auto 1.5rem;padding:.5rem 1rem;border-radius:8px;text-align:center;font-weight:600;
  color:#fff;background:#6b7280}
.valid{background:#12724a}.revoked,.invalid{background:#b3261e}.expired{background:#8a5a00}
dl{margin:1.5rem 0 0}dt{margin-top:1rem;color:var(--soft);font-size:.85rem}
dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;margin-top:2rem;padding-top:1rem;
  border-top:1px solid var(--line)}a{color:inherit}`;

/** What the page may load: its own style and pictures of this origin. No scripts. */
export const BADGE_PAGE_POLICY = pagePolicy(STYLE, { 'img-src': "'self'" });

const SENTENCES: Readonly<Record<CredentialState | 'unknown', string>> = {
  valid: 'Valid: the signature holds, and the badge has not been taken back.',
  revoked: 'Revoked: the issuer has taken this badge back.',
  expired: 'Expired: the badge was valid until its end.',
  invalid: 'Not valid: the signature does not hold.',
  unknown: 'Unknown: there is no badge at this address.',
};

/** What the page of a badge shows. */
export interface PageBadge {
  readonly badge: SignedBadge;
  readonly state: CredentialState;
  readonly definitionId: string;
  readonly credentialId: string;
  readonly shareUrl: string;
  readonly imageUrl: string;
}

/** The HTML page of a badge on record. All text from outside is escaped. */
export function badgePage({
  badge,
  state,
  definitionId,
  credentialId,
  shareUrl,
  imageUrl,
}: PageBadge): string {
  const { achievement, identifier } = badge.credentialSubject;
  const holder = identifier.find(({ identityType }) => identityType === 'name')?.identityHash;
  const credential = `../credentials/${credentialId}`;
  const head = [
    `<meta property="og:title" content="${text(achievement.name)}">`,
    `<meta property="og:description" content="${text(achievement.description)}">`,
    `<meta property="og:image" content="${text(imageUrl)}">`,
    `<meta property="og:url" content="${text(shareUrl)}">`,
  ].join('');
  const body = `<img src="../achievements/${definitionId}/image.svg" alt="">
<h1>${text(achievement.name)}</h1>
${statusOf(state)}
<p>${text(achievement.description)}</p>
<dl>${[
    ...(holder === undefined ? [] : [item('Earned by', holder)]),
    item('Issued by', badge.issuer.name),
    item('Earned on', badge.validFrom.slice(0, 10)),
    ...(badge.validUntil === undefined ? [] : [item('Valid until', badge.validUntil.slice(0, 10))]),
    item('What it takes', achievement.criteria.narrative),
    item('Address to share', shareUrl),
  ].join('')}</dl>
<nav>${[
    link(credential, 'Credential (JSON)'),
    link(`${credential}/baked.svg`, 'Badge (SVG)'),
    link(`${credential}/baked.png`, 'Badge (PNG)'),
  ].join('')}</nav>`;
  return document(achievement.name, head, body);
}

/** The page for an address that names no badge. */
export const unknownPage = (): string =>
  document('Unknown badge', '', `<h1>Badge</h1>\n${statusOf('unknown')}`);

const statusOf = (state: CredentialState | 'unknown'): string =>
  `<p class="status ${state}" role="status">${SENTENCES[state]}</p>`;

const link = (address: string, words: string): string => `<a href="${address}">${words}</a>`;

const item = (term: string, description: string): string => `<dt>${term}</dt><dd>${text(description)}</dd>`;

function document(title: string, head: string, body: string): string {
  const meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">';
  return `<!doctype html>
<html lang="en"><head>${meta}<title>${text(title)}</title>${head}<style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>
`;
}
