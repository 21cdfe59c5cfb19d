import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Meaning } from '../../domain/billing/fact.ts';
import type { OpenSource } from '../../engine/billing/source.ts';
import type { BillingProvider } from '../../prisma/generated/client.ts';

/** A message from outside, as it came. */
export interface Incoming {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly now_ms: number;
}

/** What a message says. */
export interface Translated {
  /** The sender's id of it: the same again is the same delivery. */
  readonly id: string;
  readonly type: string;
  readonly meaning: Meaning;
}

/** old: signed well, and too long ago. */
export type Verdict = 'good' | 'old' | 'forged';

/**
 * How messages of one provider are taken: who signed them, and what they say. A new provider is one more of
 * these, its name in the schema, and its settings in a procedure.
 */
export interface Adapter<Settings> {
  readonly provider: BillingProvider;
  /** How the settings are stored. */
  readonly settings: z.ZodType<Settings>;
  /** Whether one of the secrets signed exactly these bytes. */
  verify(incoming: Incoming, secret: string): Verdict;
  /** Reads a message that was verified. Throws an `ApiError` when it is not for this program. */
  translate(incoming: Incoming, settings: Settings, lookup: Lookup): Promise<Translated>;
}

/** What a translation may ask its provider for. */
export interface Lookup extends Pick<OpenSource, 'apiKey'> {
  /** Another address than the provider's, for tests. */
  readonly base: string | null;
}
