import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accountIds } from '../../engine/members/find.ts';
import type { Services } from '../context.ts';
import type { FeedRequest } from '../feed/feeds.ts';
import { memberFeedInput, programFeedInput } from '../feed/schema.ts';
import { showToMember, showToProgram } from '../feed/views.ts';
import { refuseKeyInAddress } from '../http/address.ts';
import { headerOf } from '../http/headers.ts';
import { memberOf, principalOf } from '../trpc/askers.ts';
import { byMemberId } from '../trpc/lookups.ts';
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
      ? await ofProgram(services, req, who, read(req))
      : ofMember(services, req, who.caller.member.id, read(req));
  req.programId = wanted.programId;
  const body = await services.feeds.open({ ...wanted, cut: () => void res.raw.destroy() });
  if (res.raw.destroyed) body.destroy();
  res.type('text/event-stream; charset=utf-8');
  // What stands in front of us must not gather it up.
  res.header('x-accel-buffering', 'no');
  return body;
}

type Wanted = Omit<FeedRequest, 'cut'>;
type Who = Awaited<ReturnType<typeof askerOf>>;

async function ofProgram(services: Services, req: FastifyRequest, who: Who, input: unknown): Promise<Wanted> {
  const mayRead = async (asker: Who) => {
    const principal = await principalOf({ services, req, ...asker }, 'query');
    const programId = await services.auth.authorize(principal, 'read', headerOf(req, 'x-program-id'));
    return { programId, holderId: principal.id };
  };
  const { programId, holderId } = await mayRead(who);
  const { after, ...asked } = programFeedInput.parse(input);
  const { types, memberId } = await byMemberId(services.db, programId, asked);
  // What was told of an account before it was merged names that account for good.
  const memberIds = memberId && (await accountIds(services.db, programId, memberId));
  const filter = { types, ...(memberIds ? { memberIds } : {}) };
  return {
    programId,
    holder: { noun: 'key', id: holderId },
    show: showToProgram(programId, filter),
    after: placeOf(req, after),
    recheck: () => mayRead({}),
  };
}

function ofMember(services: Services, req: FastifyRequest, memberId: string, input: unknown): Wanted {
  const { programId, after, ...filter } = memberFeedInput.parse(input);
  return {
    programId,
    holder: { noun: 'member', id: memberId },
    show: showToMember(programId, memberId, filter),
    after: placeOf(req, after),
    recheck: () => memberOf({ services, req }, programId),
  };
}

/**
 * A client that comes again says with the header where it is, and still has the address that it began with.
 */
const placeOf = (req: FastifyRequest, after: string | undefined): string | undefined =>
  headerOf(req, 'last-event-id') ?? after;
