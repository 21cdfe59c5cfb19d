import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { escapeXml as text } from '../../platform/escape.ts';
import type { RequestContext, Services } from '../context.ts';
import { CODE_MEANINGS } from '../http/code-meanings.ts';
import { statusOf } from '../http/error-codes.ts';
import { failInPages } from '../http/error-page.ts';
import { classify } from '../http/errors.ts';
import { takeForms } from '../http/forms.ts';
import { sendPage } from '../http/page.ts';
import { report, sayWhatToDo } from '../http/send-error.ts';
import { appRouter } from '../router.ts';
import { type AccountForm, type AskProcedures, FORMS } from './forms.ts';
import { ACCOUNT_PAGE_POLICY, accountFormPage, accountPage, listOf, messagePage } from './page.ts';

const FORM_BYTES_MAX = 16_384;

type Query = Readonly<Record<string, string>>;

/**
 * The pages below `/account` that e-mails lead to, and on which people sign in without a script. A page only
 * asks; nothing happens before its form is sent, as mail scanners follow links. Forms go to the procedures
 * that everybody asks.
 */
export function registerAccount(app: FastifyInstance, services: Services): void {
  app.register(async (scope) => {
    takeForms(scope, FORM_BYTES_MAX);
    failInPages(scope, services.metrics);
    scope.get('/account', (req, reply) => home(services, req, reply));
    scope.post('/account/sign-out', async (req, reply) => {
      await askFor(services, req, reply).users.signOut();
      return reply.redirect('/account/sign-in', 303);
    });
    scope.get(
      '/account/with/:provider',
      async (req: FastifyRequest<{ Params: { provider: string } }>, reply) => {
        const { url } = await askFor(services, req, reply).users.signInWithProvider(req.params);
        return reply.redirect(url, 303);
      },
    );
    for (const [path, form] of Object.entries(FORMS)) {
      scope.get(`/account/${path}`, (req, reply) => show(services, path, form, req, reply));
      scope.post(`/account/${path}`, (req, reply) => take(services, form, req, reply));
    }
  });
}

async function show(
  services: Services,
  path: string,
  form: AccountForm,
  req: FastifyRequest,
  reply: FastifyReply,
) {
  const query = queryOf(req);
  // A provider's sign-in comes back here when a second factor is asked for.
  if (path === 'sign-in' && query['secondFactor'] === 'asked') {
    return reply.redirect('/account/second-factor', 303);
  }
  const isSignedIn = (await services.users.find(req)) !== null;
  const shown = form.page(query, isSignedIn);
  const providers = (services.settings.oidcProviders ?? []).map(({ id, name }) => ({
    href: `/account/with/${id}`,
    label: `Sign in with ${name}`,
  }));
  const links = [...(shown.links ?? []), ...(path === 'sign-in' ? providers : [])];
  return page(reply, accountFormPage({ ...shown, links }, problemIn(query)));
}

/** What a code in the address means: a sign-in elsewhere comes back with it. */
function problemIn({ error = '' }: Query): string | null {
  return Object.entries(CODE_MEANINGS).find(([code]) => code === error)?.[1] ?? null;
}

async function take(services: Services, form: AccountForm, req: FastifyRequest, reply: FastifyReply) {
  const query = queryOf(req);
  const isSignedIn = (await services.users.find(req)) !== null;
  const values = Object.fromEntries(new URLSearchParams(typeof req.body === 'string' ? req.body : ''));
  try {
    const next = await form.act(askFor(services, req, reply), { values, query }, isSignedIn);
    if ('to' in next) return reply.redirect(next.to, 303);
    return page(reply, messagePage(next.title, next.says, [{ href: '/account', label: 'Your account' }]));
  } catch (error) {
    const refusal = classify(error);
    report(req, refusal.code, services.metrics, error, 'account');
    sayWhatToDo(reply, refusal);
    const problem = [refusal.message, ...refusal.issues.map((issue) => issue.message)].join(' ');
    return page(reply.code(statusOf(refusal.code)), accountFormPage(form.page(query, isSignedIn), problem));
  }
}

/** Who is signed in, and what they operate. */
async function home(services: Services, req: FastifyRequest, reply: FastifyReply) {
  const user = await services.users.find(req);
  if (user === null) return reply.redirect('/account/sign-in', 303);
  const { name, email, operates, memberOf } = await askFor(services, req, reply).users.me();
  const programs = [
    ...operates.map(({ program, role, programId }) => `${program}: ${role} (${programId})`),
    ...memberOf.map(({ program, programId }) => `${program}: member (${programId})`),
  ];
  const problem = problemIn(queryOf(req));
  const list = programs.map((line) => `<li>${text(line)}</li>`).join('');
  return page(
    reply,
    accountPage(
      name,
      `${problem === null ? '' : `<p class="problem" role="alert">${text(problem)}</p>`}
<p>Signed in as ${text(email)}.</p>
${programs.length === 0 ? '<p>You operate no program yet.</p>' : `<ul>${list}</ul>`}
<form method="post" action="/account/sign-out"><button>Sign out</button></form>
${listOf([{ href: '/docs/api', label: 'The API, which takes this session too' }])}`,
    ),
  );
}

function askFor(services: Services, req: FastifyRequest, res: FastifyReply): AskProcedures {
  const ctx: RequestContext = { services, req, res, idempotencyKey: undefined };
  return appRouter.createCaller(ctx);
}

function queryOf(req: FastifyRequest): Query {
  const pairs = Object.entries(req.query as Readonly<Record<string, unknown>>);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

const page = (reply: FastifyReply, html: string) => sendPage(reply, html, ACCOUNT_PAGE_POLICY);
