import type { Message } from '../messages.ts';
import { type Envelope, type EnvelopeFacts, envelopeOf } from '../webhooks/envelope.ts';

/** What a program's feed shows of a message: what webhooks are sent, but for the count of an endpoint. */
export type ProgramMessage = Omit<Envelope, 'sequence'>;

export function programMessage(message: Message, facts: Omit<EnvelopeFacts, 'sequence'>): ProgramMessage {
  const { sequence: _, ...shown } = envelopeOf(message, { ...facts, sequence: 0 });
  return shown;
}
