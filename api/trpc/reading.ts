import type { Services } from '../context.ts';

/**
 * What a request works with that reads: what it asks the database takes its turn, as `Reads` says. The rest
 * is looked up in `services`, since a copy of all of them would take ten times as long.
 * @param lane Whose reads stand in line together.
 */
export const reading = (services: Services, lane: string): Services =>
  Object.assign(Object.create(services) as Services, { db: services.reads.open(lane) });

/** The same for a page or a document that anybody may look at, and that names no program. */
export const readingForAnyone = (services: Services): Services => reading(services, 'pages');

/** The same for a procedure where it is a query; a change reads in a transaction of its own. */
export const servicesFor = (
  type: 'query' | 'mutation' | 'subscription',
  services: Services,
  lane: string,
): Services => (type === 'query' ? reading(services, lane) : services);
