import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { useResource } from './resource.ts';

/** The server's answer at each point: null accepts, a number refuses with that code, 'hang' never answers. */
export interface Mood {
  rcpt: number | null;
  data: number | 'hang' | 'drop' | null;
  /** Called when the server has the whole message, before it answers. */
  onMessage: () => Promise<void> | void;
}

export interface MailServer {
  readonly url: string;
  readonly mood: Mood;
  /** Whole messages that the server was given, whatever it answered. */
  readonly messages: { readonly to: readonly string[]; readonly raw: string }[];
  /** Conversations that got as far as naming the recipient. */
  recipients: number;
  close(): Promise<void>;
}

const refusal = (code: number): Error => Object.assign(new Error('no'), { responseCode: code });

/** A real SMTP server on a port of its own, whose answers a test sets. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mood: Mood = { rcpt: null, data: null, onMessage: () => undefined };
  const messages: MailServer['messages'] = [];
  const state = { recipients: 0 };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    ...options,
    onRcptTo(_address, _session, answer) {
      state.recipients += 1;
      answer(mood.rcpt === null ? null : refusal(mood.rcpt));
    },
    onData(stream, session, answer) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', async () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        messages.push({ to, raw: Buffer.concat(parts).toString('utf8') });
        await mood.onMessage();
        if (mood.data === 'drop') for (const it of server.connections) (it as Droppable)._socket.destroy();
        else if (mood.data !== 'hang') answer(mood.data === null ? null : refusal(mood.data));
      });
    },
  });
  // Clients that break off are part of the tests.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}?tls=off`,
    mood,
    messages,
    get recipients() {
      return state.recipients;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One such server that all tests of a file share. */
export const useMailServer = (): MailServer =>
  useResource({ make: () => startMailServer(), end: (server) => server.close() });

interface Droppable {
  readonly _socket: { destroy(): void };
}
