import { SIGNING_SECRET, STRIPE_VERSION, stripeSignature } from '../support/stripe-events.ts';
import type { TestApi } from './harness.ts';

/** What the sender of an event was answered. */
export interface StripeAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what the body is, the test says
  readonly body: any;
}

/** How a program of a test reads Stripe's events, unless the test says otherwise. */
export const STRIPE_SOURCE = {
  livemode: false,
  apiVersions: [STRIPE_VERSION],
  signingSecrets: [SIGNING_SECRET],
};

/** Sends events as Stripe does in test mode, to a test program of its own with such settings. */
export async function stripeProgram(api: TestApi, settings: object = {}) {
  const { programId, key } = await api.testProgram();
  const set = await api.mutate('billing.setStripe', { ...STRIPE_SOURCE, ...settings }, { key });
  if (set.status !== 200) throw new Error(`no source: ${set.text}`);
  const post = async (
    payload: string,
    signature: string | null = stripeSignature(payload),
    to = programId,
  ): Promise<StripeAnswer> => {
    const answer = await api.send(`/in/stripe/${to}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(signature === null ? {} : { 'stripe-signature': signature }),
      },
      body: payload,
    });
    return { status: answer.status, body: answer.text === '' ? null : JSON.parse(answer.text) };
  };
  return {
    programId,
    key,
    post,
    send: (event: object) => post(JSON.stringify(event)),
    member: (input: object) => api.mutate('members.upsert', input, { key }),
    /** The events of the program, the oldest first, without what differs from run to run. */
    async events() {
      const rows = await api.db.event.findMany({ where: { programId }, orderBy: { seq: 'asc' } });
      return rows.map(({ type, key: eventKey, subject, refundOf, valueMinor, unit, payload }) => ({
        type,
        key: eventKey,
        subject,
        ...(refundOf === null ? {} : { refundOf }),
        ...(valueMinor === null ? {} : { value: `${valueMinor} ${unit}` }),
        ...(type === 'signup' ? { code: (payload as { code?: string }).code } : {}),
      }));
    },
    list: async (input: object = {}) => (await api.query('billing.list', input, { key })).data.items,
  };
}
