import { errorCodeOf } from '../../api/client.ts';
import type { EventInput } from '../../api/events/input.ts';
import { UserError } from '../user-error.ts';
import type { Bar } from './bar.ts';
import type { Customer } from './history.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { emailOf, externalIdOf, visitorIdOf } from './people.ts';
import { once, type Session } from './session.ts';

const LANES = 16;
/** Half of what a batch may hold, so that answers arrive often enough for the progress bar. */
const BATCH = 250;

export interface DemoMember {
  readonly id: string;
  /** What friends of this member type or follow: the vanity slug, or the code that the engine drew. */
  readonly code: string;
}

/** Makes the customers members; those who are already stay as they are. Returns them by customer. */
export async function enrol(
  { client }: Session,
  customers: readonly Customer[],
  bar: Bar,
): Promise<Map<string, DemoMember>> {
  const existing = await allOf((cursor) => client.members.list.query({ cursor, limit: PAGE }));
  const codes = new Map(
    existing.map(({ externalId, id, referralCode }) => [externalId, { id, code: referralCode }]),
  );
  const members = new Map<string, DemoMember>();
  await inLanes(customers, LANES, async ({ id, ambassador }) => {
    const externalId = externalIdOf(id);
    const input = { externalId, email: emailOf(externalId) };
    let member = codes.get(externalId);
    if (member === undefined) {
      const made = await patiently(() => client.members.upsert.mutate(input, once('member', id)));
      member = { id: made.id, code: made.referralCode };
    }
    members.set(id, ambassador ? await withVanityLink(client, id, member) : member);
    bar.to(members.size);
  });
  return members;
}

/**
 * An ambassador's link has a name that people can remember. Where somebody already has that name, the drawn
 * code stands.
 */
async function withVanityLink(
  client: Session['client'],
  customer: string,
  member: DemoMember,
): Promise<DemoMember> {
  const input = { memberId: member.id, slug: externalIdOf(customer), campaign: 'ambassadors' };
  try {
    const link = await patiently(() => client.links.create.mutate(input, once('link', customer)));
    return { ...member, code: link.code };
  } catch (error) {
    if (errorCodeOf(error) === 'slug_taken') return member;
    throw error;
  }
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Somebody who follows a link before signing up. */
export interface Clicker {
  readonly externalId: string;
  readonly code: string;
  readonly signupKey: string;
}

/**
 * Follows links as a browser does, with the visitor's cookie. Whoever has signed up already does not click
 * again. Returns how many clicks were new. Errors: `UserError` when a redirect does not lead where it should.
 */
export async function followLinks(
  { client, api }: Session,
  clickers: readonly Clicker[],
  bar?: Bar,
): Promise<number> {
  const stored = await allOf((cursor) => client.events.list.query({ cursor, limit: PAGE }));
  const keys = new Set(stored.map(({ key }) => key));
  let fresh = 0;
  let seen = 0;
  await inLanes(clickers, LANES, async ({ externalId, code, signupKey }) => {
    if (!keys.has(signupKey)) {
      const headers = { 'user-agent': BROWSER, cookie: `rv=${visitorIdOf(externalId)}` };
      const response = await patiently(() => fetch(`${api}/r/${code}`, { headers, redirect: 'manual' }));
      await response.body?.cancel();
      const landing = response.headers.get('location') ?? '';
      if (response.status !== 302 || !landing.includes(`rcode=${code}`)) {
        throw new UserError(`The link ${api}/r/${code} answered ${response.status} and led to “${landing}”.`);
      }
      fresh += 1;
    }
    seen += 1;
    bar?.to(seen);
  });
  return fresh;
}

/**
 * Sends events in their order, in batches. Returns how many the engine did not have yet. Errors: `UserError`
 * when one is not taken.
 */
export async function send({ client }: Session, events: readonly EventInput[], bar?: Bar): Promise<number> {
  let fresh = 0;
  for (let at = 0; at < events.length; at += BATCH) {
    const batch = events.slice(at, at + BATCH);
    const { results } = await patiently(() => client.events.recordBatch.mutate({ events: batch }));
    for (const result of results) {
      if (!result.ok) {
        throw new UserError(
          `The event ${result.key ?? ''} was not taken (${result.code}): ${result.message} If another ` +
            'version of the demo ran on this engine, use a DATA_DIR of its own.',
        );
      }
      if (!result.replayed) fresh += 1;
    }
    bar?.to(at + batch.length);
  }
  return fresh;
}
