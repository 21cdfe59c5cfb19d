import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { tell } from '../../engine/events/outbox.ts';
import { addSecret, newEndpointSecret } from '../../engine/webhooks/secrets.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { useResource } from './resource.ts';
import { TEST_WEBHOOKS } from './seed.ts';

/** A call as it came, with its body read as JSON. */
export interface WebhookCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was sent
  readonly body: any;
  readonly at_ms: number;
}

type Reply = (response: ServerResponse, call: WebhookCall) => unknown;

export interface WebhookReceiver {
  readonly url: string;
  readonly calls: WebhookCall[];
  /** How calls to a path are answered; the default is 204. */
  reply(path: string, reply: Reply): void;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(code, headers).end('said so');

/** Answers late. */
export const after =
  (wait_ms: number, reply: Reply = status(204)): Reply =>
  async (response, call) => {
    await setTimeout(wait_ms);
    reply(response, call);
  };

/** A receiver of the host's: a real HTTP server. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const calls: WebhookCall[] = [];
  const replies = new Map<string, Reply>();
  const server = createServer((incoming, response) => {
    void receive(incoming).then((call) => {
      calls.push(call);
      const reply = replies.get(call.path) ?? status(204);
      reply(response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    reply: (path, reply) => replies.set(path, reply),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One that all tests of a file share. */
export const useReceiver = (): WebhookReceiver =>
  useResource({ make: startReceiver, end: (receiver) => receiver.close() });

async function receive(incoming: IncomingMessage): Promise<WebhookCall> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  return { path: incoming.url ?? '', headers, text, body: JSON.parse(text), at_ms: Date.now() };
}

/** Throws unless the call's signature is right. */
export const verify = (secret: string, { text, headers }: WebhookCall): unknown =>
  new Webhook(secret).verify(text, { ...headers });

export interface SeededEndpoint {
  readonly id: string;
  readonly secret: string;
  row(): Promise<Prisma.WebhookEndpointGetPayload<object>>;
  deliveries(): Promise<Prisma.WebhookDeliveryGetPayload<object>[]>;
}

/** An endpoint of a program, as the API makes it. */
export async function seedWebhook(
  db: Database,
  programId: string,
  data: Partial<Prisma.WebhookEndpointUncheckedCreateInput> & { readonly url: string },
): Promise<SeededEndpoint> {
  const id = newId();
  const secret = newEndpointSecret();
  await db.webhookEndpoint.create({ data: { programId, id, ...data } });
  const sealing = { ring: TEST_WEBHOOKS.ring, signing: secret, now: new Date(), overlap_ms: 0 };
  await db.$transaction((tx) => addSecret(tx, { programId, endpointId: id }, sealing));
  return {
    id,
    secret,
    row: () => db.webhookEndpoint.findUniqueOrThrow({ where: { programId_id: { programId, id } } }),
    deliveries: () =>
      db.webhookDelivery.findMany({ where: { programId, endpointId: id }, orderBy: { outboxId: 'asc' } }),
  };
}

let told = 0;

/** Tells a program's endpoints of one thing more about a subject, which is a referral. */
export async function tellOf(db: Database, programId: string, referralId: string): Promise<void> {
  told += 1;
  const nth = told;
  await db.$transaction((tx) =>
    tell(tx, programId, [
      {
        key: `told:${nth}`,
        subject: `referral:${referralId}`,
        members: [],
        type: 'referral.qualified',
        payload: { referralId, eventId: newId(), nth },
      },
    ]),
  );
}
