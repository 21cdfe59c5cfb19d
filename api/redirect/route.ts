import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clickText, endText, type LinkEnd, landingOf } from '../../domain/links/landing.ts';
import { type Brought, broughtOf } from '../../domain/links/query.ts';
import { AHEAD_HEADERS, saysAhead } from '../../domain/links/robots.ts';
import type { ApiSettings } from '../context.ts';
import { sendErrorPage } from '../http/error-page.ts';
import { ApiError } from '../http/errors.ts';
import type { ApiMetrics } from '../http/metrics.ts';
import { sendPage } from '../http/page.ts';
import { newClickId } from './click-id.ts';
import type { CachedLink, LinkCache } from './link-cache.ts';
import type { Recorder } from './recorder.ts';
import type { TouchRow } from './touches.ts';
import { UNKNOWN_LINK_POLICY, unknownLinkPage } from './unknown-link-page.ts';
import { cookieOf, mayKeepVisitor, type Visitors, visitorOf } from './visitors.ts';

const CODE = /^[a-z0-9-]{3,50}$/;

export interface RedirectParts {
  readonly links: LinkCache;
  readonly recorder: Recorder;
  readonly visitors: Visitors;
  readonly settings: ApiSettings;
  readonly metrics: ApiMetrics;
  readonly now: () => number;
}

type CodeRequest = FastifyRequest<{ Params: { code: string } }>;

/**
 * `GET /r/:code`: records the click, then sends the visitor to the link's destination. HEAD answers alike and
 * records nothing.
 */
export function registerRedirect(app: FastifyInstance, parts: RedirectParts): void {
  // People copy a link with the slash that some programs put behind it.
  for (const url of ['/r/:code', '/r/:code/']) {
    app.route({
      method: ['GET', 'HEAD'],
      url,
      config: { onLinkHosts: true },
      handler(req: CodeRequest, reply) {
        const code = req.params.code.toLowerCase();
        const link = CODE.test(code) ? parts.links.fresh(code) : null;
        if (link !== undefined) follow(parts, req, reply, link);
        else void loadAndFollow(parts, req, reply, code);
      },
    });
  }
}

async function loadAndFollow(
  parts: RedirectParts,
  req: CodeRequest,
  reply: FastifyReply,
  code: string,
): Promise<void> {
  let link: CachedLink | null;
  try {
    link = await parts.links.load(code);
  } catch (error) {
    req.log.warn({ reqId: req.id, err: error }, 'a link could not be read');
    const away = new ApiError('database_unavailable', 'This link cannot be followed right now.');
    sendErrorPage(req, reply.header('retry-after', '2'), away);
    return;
  }
  follow(parts, req, reply, link);
}

function follow(parts: RedirectParts, req: CodeRequest, reply: FastifyReply, link: CachedLink | null): void {
  const { metrics, visitors } = parts;
  const agent = visitors.agentOf(req.headers['user-agent']);
  const isPerson = !agent.isRobot && req.method !== 'HEAD' && !isAhead(req);
  const now_ms = parts.now();
  const end = link === null ? null : endOf(link, now_ms);
  if (link === null || (end !== null && !isPerson)) {
    metrics.clicks.inc({ result: link === null ? 'unknown' : 'inactive' });
    if (isPerson) showUnknown(req, reply);
    else plain(reply, 404, 'There is no such link.');
    return;
  }
  const brought = broughtOf(searchOf(req.raw.url ?? ''));
  if (end !== null) {
    metrics.clicks.inc({ result: 'inactive' });
    redirect(reply, landingOf(link.fallback, endText(end), brought.travels));
    return;
  }
  if (!isPerson) {
    metrics.clicks.inc({ result: 'bot' });
    redirect(reply, landing(link, null, brought));
    return;
  }
  countClick(parts, req, reply, { link, now_ms, brought, agentHash: agent.hash });
}

/** Why a link counts no more; null: it does. */
const endOf = ({ end, expires_at_ms }: CachedLink, now_ms: number): LinkEnd | null =>
  end ?? (expires_at_ms !== null && expires_at_ms <= now_ms ? 'expired' : null);

interface Click {
  readonly link: CachedLink;
  readonly now_ms: number;
  readonly brought: Brought;
  readonly agentHash: string | null;
}

/** Records the click of a person, unless it repeats a recent one, and then redirects. */
function countClick(parts: RedirectParts, req: CodeRequest, reply: FastifyReply, click: Click): void {
  const { metrics, visitors } = parts;
  const { link, now_ms, brought } = click;
  const mayKeep = mayKeepVisitor(link.visitorCookie, req.headers.cookie);
  const knownVisitor = mayKeep ? visitorOf(req.headers.cookie) : null;
  const visitorId = knownVisitor ?? newClickId(now_ms);
  const cookie = mayKeep ? cookieOf(visitorId, isSecure(parts.settings)) : undefined;
  const earlier = knownVisitor === null ? undefined : visitors.recentClick(link.linkId, visitorId);
  if (earlier !== undefined) {
    metrics.clicks.inc({ result: 'duplicate' });
    redirect(reply, landing(link, earlier, brought), cookie);
    return;
  }
  const row: TouchRow = {
    program_id: link.programId,
    id: newClickId(now_ms),
    link_id: link.linkId,
    visitor_id: visitorId,
    occurred_at: new Date(now_ms).toISOString(),
    ip_hash: visitors.addressHash(req.ip),
    user_agent_hash: click.agentHash,
    paid_click: brought.paidClick,
    source: brought.source,
    is_new: knownVisitor === null,
  };
  // Remembered at once, so that a double click does not get into the same batch. A visitor without a cookie
  // cannot come back before this answer.
  if (knownVisitor !== null) visitors.remember(link.linkId, visitorId, row.id);
  parts.recorder.record(row, (clickId) => {
    if (clickId !== null && clickId !== row.id) visitors.remember(link.linkId, visitorId, clickId);
    redirect(reply, landing(link, clickId, brought), cookie);
  });
}

const landing = ({ target, code }: CachedLink, clickId: string | null, { travels }: Brought): string =>
  landingOf(target, clickText(clickId, code), travels);

const isSecure = ({ linkUrl, publicUrl }: ApiSettings): boolean =>
  (linkUrl ?? publicUrl).startsWith('https:');

const isAhead = ({ headers }: FastifyRequest): boolean =>
  AHEAD_HEADERS.some((name) => headers[name] !== undefined && saysAhead(String(headers[name])));

function searchOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark);
}

/**
 * Answers past Fastify, which has nothing to add to an answer without a body and takes a tenth of a
 * redirect's time for it.
 */
function redirect(reply: FastifyReply, location: string, cookie?: string): void {
  reply.hijack();
  reply.raw
    .writeHead(302, {
      location,
      'cache-control': 'no-store',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'content-length': 0,
      'x-request-id': reply.request.id,
      ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
    })
    .end();
}

function showUnknown(req: FastifyRequest, reply: FastifyReply): void {
  sendPage(reply.code(404), unknownLinkPage(req.headers['accept-language']), UNKNOWN_LINK_POLICY);
}

function plain(reply: FastifyReply, status: number, text: string): void {
  reply
    .code(status)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .send(`${text}\n`);
}
