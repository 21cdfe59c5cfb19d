import type { Outcome } from '../../engine/events/outcome.ts';
import type { Principal } from '../auth/auth.ts';
import type { Services } from '../context.ts';
import { outcomeView } from './outcome.ts';
import { WAIT_MS_MAX } from './schemas.ts';

interface Asker {
  readonly services: Services;
  readonly principal: Principal;
  readonly programId: string;
}

/** How a mutation's answer names the event whose decision its caller may wait for, and takes that in. */
export interface Awaiting {
  /** The field of the answer that holds the event's id. */
  readonly field: string;
  /** The answer once the event is decided. */
  decided(answer: object, outcome: Outcome, eventId: string, asker: Asker): object | Promise<object>;
}

/** What commands answer: `commandAnswer` of api/events/schema.ts. */
export const COMMAND: Awaiting = {
  field: 'eventId',
  decided: (answer, outcome, _, { principal }) => decidedAnswer(answer, outcomeView(outcome, principal)),
};

/** A command's answer with its decision. */
export const decidedAnswer = (answer: object, outcome: object): object => ({
  ...answer,
  status: 'decided',
  outcome,
});

/** The id of the event that an answer names; null where it names none. */
export function eventIdIn(answer: unknown, field: string): string | null {
  if (answer === null || typeof answer !== 'object' || !(field in answer)) return null;
  const id = (answer as Readonly<Record<string, unknown>>)[field];
  return typeof id === 'string' ? id : null;
}

/** The decision on an event, when it comes within the `wait_ms` of the input; else null. */
export async function awaitedOutcome(
  { services, programId }: Pick<Asker, 'services' | 'programId'>,
  eventId: string,
  input: unknown,
): Promise<Outcome | null> {
  const wait_ms = waitOf(input);
  return wait_ms === 0 ? null : await services.waiters.wait(programId, eventId, wait_ms);
}

function waitOf(input: unknown): number {
  const wait_ms = input !== null && typeof input === 'object' && 'wait_ms' in input ? input.wait_ms : 0;
  return typeof wait_ms === 'number' ? Math.min(wait_ms, WAIT_MS_MAX) : 0;
}
