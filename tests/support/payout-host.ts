import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useResource } from './resource.ts';

/** A call as the host received it. */
export interface ReceivedCall {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Reply = (response: ServerResponse, call: ReceivedCall) => void;

export interface PayoutHost {
  readonly url: string;
  readonly calls: ReceivedCall[];
  /** Replies to the calls that come, the last again and again. */
  reply(...replies: Reply[]): void;
  close(): Promise<void>;
}

/** A JSON answer. */
export const json =
  (status: number, body: unknown): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** Takes the call and says nothing. */
export const silent: Reply = () => undefined;

/** A host of the tests' own, on a port of its own, that pays or does not as it is told. */
export async function startPayoutHost(): Promise<PayoutHost> {
  const calls: ReceivedCall[] = [];
  let replies: Reply[] = [json(200, { result: 'paid', ref: 'host-1' })];
  const server = createServer((incoming, response) => {
    void receive(incoming).then((call) => {
      calls.push(call);
      const [reply] = replies;
      if (replies.length > 1) replies = replies.slice(1);
      reply?.(response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/pay`,
    calls,
    reply: (...wanted) => {
      replies = wanted;
      calls.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One such host that all tests of a file share. */
export const usePayoutHost = (): PayoutHost =>
  useResource({ make: startPayoutHost, end: (host) => host.close() });

async function receive(incoming: IncomingMessage): Promise<ReceivedCall> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  return { method: incoming.method ?? '', headers, body: Buffer.concat(parts).toString('utf8') };
}
