import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { whoStays } from '../../engine/members/find.ts';
import { type Subscription, subscriptionOf } from '../../engine/notices/links.ts';
import { formatMessage } from '../../engine/notices/message-format.ts';
import { languageOf } from '../../engine/notices/render.ts';
import { escapeXml as text } from '../../platform/escape.ts';
import type { Services } from '../context.ts';
import { failInPages } from '../http/error-page.ts';
import { sendPage } from '../http/page.ts';
import { reading } from '../trpc/reading.ts';
import { NOTICE_PAGE_POLICY, noticePage } from './page.ts';
import { setPreference } from './preferences.ts';

type TokenRequest = FastifyRequest<{ Params: { token: string } }>;

/** What a mail reader posts is a line; nothing in it is looked at. */
const BODY_BYTES_MAX = 4_096;

/**
 * One-click unsubscribing (RFC 8058). `POST /u/:token` ends the subscription at once, whatever the body says,
 * without a login and without a redirect; repeating it changes nothing. `GET` ends nothing, as mail scanners
 * follow links: it shows a button.
 */
export function registerUnsubscribe(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    failInPages(scope, services.metrics);
    // Mail readers send a form, of either kind.
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data']) {
      scope.addContentTypeParser(type, { parseAs: 'buffer' }, (_req, _body, done) => done(null, null));
    }
    scope.get('/u/:token', (req: TokenRequest, reply) => show(services, req, reply));
    scope.post('/u/:token', { bodyLimit: BODY_BYTES_MAX }, (req: TokenRequest, reply) =>
      unsubscribe(services, req, reply),
    );
  });
}

interface Subscriber extends Subscription {
  readonly program: string;
  readonly locale: string;
}

async function find(services: Services, token: string): Promise<Subscriber | null> {
  const subscription = subscriptionOf(token, services.settings.linkSecret);
  if (subscription === null) return null;
  const { programId } = subscription;
  const { db } = reading(services, programId);
  const memberId = await whoStays(db, programId, subscription.memberId);
  const member = await db.member.findUnique({
    where: { programId_id: { programId, id: memberId } },
    select: { locale: true, program: { select: { name: true } } },
  });
  if (member === null) return null;
  return { ...subscription, memberId, program: member.program.name, locale: member.locale };
}

async function show(services: Services, req: TokenRequest, reply: FastifyReply) {
  const subscriber = await find(services, req.params.token);
  if (subscriber === null) return refuse(req, reply);
  const { language, locale, title, say } = words(subscriber);
  const form = `<p>${text(say(language.page.ask[subscriber.category]))}</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>${text(language.page.button)}</button></form>`;
  return sendPage(reply, noticePage(locale, title, form), NOTICE_PAGE_POLICY);
}

async function unsubscribe(services: Services, req: TokenRequest, reply: FastifyReply) {
  const subscriber = await find(services, req.params.token);
  if (subscriber === null) return refuse(req, reply);
  await setPreference(services.db, subscriber, false, new Date(services.now()));
  const { language, locale, title, say } = words(subscriber);
  return sendPage(
    reply,
    noticePage(locale, title, `<p role="status">${text(say(language.page.done))}</p>`),
    NOTICE_PAGE_POLICY,
  );
}

function words({ locale: wanted, program }: Subscriber) {
  const { language, locale } = languageOf(wanted);
  const say = (message: string) => formatMessage(message, locale, { program });
  return { language, locale, title: say(language.page.title), say };
}

/** Nobody is known here, so the browser says which language. */
function refuse(req: FastifyRequest, reply: FastifyReply) {
  const wanted = (req.headers['accept-language'] ?? '').split(/[,;]/)[0] ?? '';
  const { language, locale } = languageOf(wanted === '' ? 'en' : wanted);
  return sendPage(reply.code(404), noticePage(locale, language.page.invalid, ''), NOTICE_PAGE_POLICY);
}
