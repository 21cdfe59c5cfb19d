import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from '../context.ts';
import type { FeedRequest } from '../feed/feeds.ts';
import { memberFeedInput, programFeedInput } from '../feed/schema.ts';
import { showToMember, showToProgram } from '../feed/views.ts';
import { refuseKeyInAddress } from '../http/address.ts';
import { headerOf } from '../http/headers.ts';
import { askerOf } from './asker.ts';
import type { ReadInput } from './input.ts';
import type { Operation } from './operations.ts';

/** Opens a feed for whoever asks, and returns its body. Throws what `askerOf` and `Feeds.open` throw. */
export async function openStream(
  services: Services,
  operation: Operation,
  read: ReadInput,
  req: FastifyRequest,
  res: FastifyReply,
): Promise<Readable> {
  refuseKeyInAddress(req);
  const who = await askerOf(services, operation, req, res);
  const wanted =
    who.caller === undefined
      ? await ofProgram(services, req, read(req))
      : ofMember(services, req, who.caller.member.id, read(req));
  req.programId = wanted.programId;
  const body = await services.feeds.open({ ...wanted, cut: () => void res.raw.destroy() });
  if (res.raw.destroyed) body.destroy();
  res.type('text/event-stream; charset=utf-8');
  res.header('cache-control', 'no-store');
  // What stands in front of us must not gather it up.
  res.header('x-accel-buffering', 'no');
  return body;
}

type Wanted = Omit<FeedRequest, 'cut'>;

async function ofProgram(
  { auth, users, operators }: Services,
  req: FastifyRequest,
  input: unknown,
): Promise<Wanted> {
  const authorization = headerOf(req, 'authorization');
  const header = headerOf(req, 'x-program-id');
  const mayRead = async () => {
    const user = authorization === undefined ? await users.find(req) : null;
    const principal = await (user === null
      ? auth.authenticate(authorization)
      : operators.principal(user, header));
    return { programId: await auth.authorize(principal, 'read', header), holderId: principal.id };
  };
  const { programId, holderId } = await mayRead();
  const { after, ...filter } = programFeedInput.parse(input);
  return {
    programId,
    holder: { noun: 'key', id: holderId },
    show: showToProgram(programId, filter),
    after: placeOf(req, after),
    recheck: mayRead,
  };
}

function ofMember(
  { memberAuth, users }: Services,
  req: FastifyRequest,
  memberId: string,
  input: unknown,
): Wanted {
  const { programId, after, ...filter } = memberFeedInput.parse(input);
  return {
    programId,
    holder: { noun: 'member', id: memberId },
    show: showToMember(programId, memberId, filter),
    after: placeOf(req, after),
    recheck: async () => {
      const authorization = headerOf(req, 'authorization');
      const user = authorization === undefined ? await users.find(req) : null;
      return await (user === null
        ? memberAuth.authenticate(authorization, programId)
        : memberAuth.signedIn(user, programId));
    },
  };
}

/**
 * A client that comes again says with the header where it is, and still has the address that it began with.
 */
const placeOf = (req: FastifyRequest, after: string | undefined): string | undefined =>
  headerOf(req, 'last-event-id') ?? after;
