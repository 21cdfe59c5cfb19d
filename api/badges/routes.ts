import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { definitionDocument, didDocument, issuerDocument } from '../../domain/badges/credential.ts';
import { badgeUrls, ISSUER_FORMS, issuerId } from '../../domain/badges/urls.ts';
import { issuerOf } from '../../engine/badges/issue.ts';
import { publicKeysOf } from '../../engine/badges/keys.ts';
import { bakePng } from '../../engine/badges/png.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { Services } from '../context.ts';
import { failInPages } from '../http/error-page.ts';
import { ApiError } from '../http/errors.ts';
import { sendPage } from '../http/page.ts';
import { readingForAnyone } from '../trpc/reading.ts';
import { type FoundCredential, findCredential, findDefinition, type SignedBadge, stateOf } from './find.ts';
import { pngOf, svgOf } from './image.ts';
import { BADGE_PAGE_POLICY, badgePage, unknownPage } from './page.ts';
import { createStatusLists } from './status-lists.ts';

type IdRequest = FastifyRequest<{ Params: { id: string } }>;
type ListRequest = FastifyRequest<{ Params: { id: string; list: string } }>;

/** Where the lists of each form of issuer are, as `statusList` of domain/badges/urls.ts has it. */
const LIST_PATHS = {
  url: '/badges/status/:id/:list',
  'did:web': '/badges/status/:id/:list/did-web',
} as const;

const PICTURE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";
const DAY_S = 86_400;

const unknown = (noun: string) => new ApiError('not_found', `There is no such ${noun}.`);

/**
 * Registers what verifiers, members and their friends read below `/badges` without a key: issuers,
 * definitions of badges (at `/badges/achievements`), credentials, status lists and pictures, and a page that
 * says whether a badge is valid.
 */
export function registerBadges(app: FastifyInstance, services: Services): void {
  registerIssuers(app, services);
  registerDocuments(app, services);
  registerPictures(app, services);
  void app.register(async (scope) => {
    failInPages(scope, services.metrics);
    registerPage(scope, services);
  });
}

function registerDocuments(app: FastifyInstance, services: Services): void {
  const { settings } = services;
  const urls = badgeUrls(settings.publicUrl);
  app.get('/badges/achievements/:id', async (req: IdRequest, reply) => {
    const found = await definitionOf(readingForAnyone(services), req.params.id);
    const { id, name, description, criteria, program } = found;
    const facts = {
      id: urls.definition(id),
      name,
      description,
      criteria,
      imageUrl: urls.definitionImage(id),
    };
    return json(reply, definitionDocument(facts, issuerOf(program, urls, settings.issuerForm ?? 'url')), 60);
  });
  app.get('/badges/credentials/:id', async (req: IdRequest, reply) => {
    const { document } = await credentialOf(readingForAnyone(services), req.params.id);
    return json(reply, document, 60);
  });
}

/** The issuers under both names, whichever is in use: badges that name the other one stay verifiable. */
function registerIssuers(app: FastifyInstance, services: Services): void {
  const { settings, now } = services;
  const urls = badgeUrls(settings.publicUrl);
  const lists = createStatusLists(settings);
  app.get('/badges/issuers/:id', async (req: IdRequest, reply) => {
    const { db } = readingForAnyone(services);
    const program = await findProgram(db, req.params.id);
    if (program === null) throw unknown('issuer');
    const keys = await publicKeysOf(db, program.id);
    return json(reply, issuerDocument(issuerOf(program, urls, 'url'), keys), 60);
  });
  app.get('/badges/issuers/:id/did.json', async (req: IdRequest, reply) => {
    const { db } = readingForAnyone(services);
    const program = await findProgram(db, req.params.id);
    const did = program === null ? null : issuerId(urls, program.id, 'did:web');
    if (program === null || did === null) throw unknown('issuer');
    const document = didDocument(did, urls.issuer(program.id), await publicKeysOf(db, program.id));
    return json(reply, document, 60, 'application/did+ld+json');
  });
  for (const form of ISSUER_FORMS) {
    app.get(LIST_PATHS[form], async (req: ListRequest, reply) => {
      const { id, list } = req.params;
      const { db } = readingForAnyone(services);
      const program = /^\d{1,4}$/.test(list) ? await findProgram(db, id) : null;
      const isNamed = program !== null && issuerId(urls, program.id, form) !== null;
      const signed = isNamed
        ? await lists.get(db, program, { list: Number(list), form, now_ms: now() })
        : null;
      if (signed === null) throw unknown('status list');
      return json(reply, signed, 30);
    });
  }
}

function registerPictures(app: FastifyInstance, services: Services): void {
  const { now } = services;
  app.get('/badges/achievements/:id/image.svg', async (req: IdRequest, reply) =>
    picture(reply, 'image/svg+xml', svgOf(await definitionOf(readingForAnyone(services), req.params.id))),
  );
  app.get('/badges/achievements/:id/image.png', async (req: IdRequest, reply) =>
    picture(reply, 'image/png', pngOf(await definitionOf(readingForAnyone(services), req.params.id), now())),
  );
  app.get('/badges/credentials/:id/baked.svg', async (req: IdRequest, reply) => {
    const from = readingForAnyone(services);
    const { definitionId, document } = await credentialOf(from, req.params.id);
    attach(reply, 'badge.svg');
    return picture(reply, 'image/svg+xml', svgOf(await definitionOf(from, definitionId), document));
  });
  app.get('/badges/credentials/:id/baked.png', async (req: IdRequest, reply) => {
    const from = readingForAnyone(services);
    const { definitionId, document } = await credentialOf(from, req.params.id);
    attach(reply, 'badge.png');
    const png = pngOf(await definitionOf(from, definitionId), now());
    return picture(reply, 'image/png', bakePng(png, document));
  });
}

function registerPage(app: FastifyInstance, services: Services): void {
  const { settings, now } = services;
  const urls = badgeUrls(settings.publicUrl);
  app.get('/badges/verify/:id', async (req: IdRequest, reply) => {
    const { db } = readingForAnyone(services);
    const row = await findCredential(db, req.params.id);
    if (row === null) return sendPage(reply.code(404), unknownPage(), BADGE_PAGE_POLICY, 'no-cache');
    const { id: credentialId, definitionId, document } = row;
    const shown = badgePage({
      badge: JSON.parse(document) as SignedBadge,
      state: await stateOf(db, row, now()),
      definitionId,
      credentialId,
      shareUrl: urls.verify(credentialId),
      imageUrl: urls.definitionImage(definitionId),
    });
    return sendPage(reply, shown, BADGE_PAGE_POLICY, 'no-cache');
  });
}

async function credentialOf({ db }: Services, id: string): Promise<FoundCredential> {
  const row = await findCredential(db, id);
  if (row === null) throw unknown('credential');
  return row;
}

async function definitionOf({ db }: Services, id: string) {
  const found = await findDefinition(db, id);
  if (found === null) throw unknown('achievement');
  return found;
}

const findProgram = async (db: Database, id: string) =>
  UUID_PATTERN.test(id) ? await db.program.findUnique({ where: { id } }) : null;

/** Verifiers in browsers read from anywhere; there is nothing here but what is public. */
function json(
  reply: FastifyReply,
  document: object | string,
  age_s: number,
  type = 'application/ld+json',
): FastifyReply {
  return (
    reply
      .headers({
        'content-type': type,
        'access-control-allow-origin': '*',
        'cache-control': `public, max-age=${age_s}`,
        'x-content-type-options': 'nosniff',
      })
      // As bytes, or Fastify adds a charset, which JSON has none of and resolvers of DIDs refuse.
      .send(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)))
  );
}

function picture(reply: FastifyReply, type: string, body: string | Buffer): FastifyReply {
  return reply
    .headers({
      'content-type': type,
      'access-control-allow-origin': '*',
      'cache-control': `public, max-age=${DAY_S}`,
      'content-security-policy': PICTURE_POLICY,
      'x-content-type-options': 'nosniff',
    })
    .send(body);
}

const attach = (reply: FastifyReply, filename: string): FastifyReply =>
  reply.header('content-disposition', `attachment; filename="${filename}"`);
