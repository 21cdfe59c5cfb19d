import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type GrantContext } from 'oidc-provider';
import type { OidcProvider } from '../../api/users/deps.ts';

const CLIENT_SECRET = 'a secret of a client in tests';

/** Somebody who has an account at the provider, and what it says of them. */
export interface Person {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
}

export interface OidcServer {
  /** Its clients, as a deployment is configured with them. */
  readonly providers: readonly OidcProvider[];
  /** Whoever signs in from now on is this person. */
  become(person: Person): void;
  /** The tokens that it gave out. */
  readonly tokens: readonly string[];
  stop(): Promise<void>;
  start(): Promise<void>;
}

/**
 * A real server of OpenID Connect. `clients` says how each client shows its secret; a browser comes back to
 * `callback`, and below it to the client's id.
 */
export async function startOidcServer(
  clients: Readonly<Record<string, 'basic' | 'post'>>,
  callback: string,
): Promise<OidcServer> {
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/interaction/') !== true) return answer(req, res);
    return void provider.interactionFinished(req, res, { login: { accountId: current } });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const people = new Map<string, Person>();
  const tokens: string[] = [];
  let current = '';
  const provider = new Provider(issuer, {
    ...behaviour(people),
    clients: Object.entries(clients).map(([id, auth]) => ({
      client_id: id,
      client_secret: CLIENT_SECRET,
      redirect_uris: [`${callback}/${id}`],
      token_endpoint_auth_method: `client_secret_${auth}`,
    })),
  });
  provider.on('grant.success', ({ body }) => tokens.push(body.access_token, body.id_token));
  const answer = provider.callback();
  return {
    providers: Object.entries(clients).map(([id, clientAuth]) => ({
      ...{ id, issuer, clientId: id, clientSecret: CLIENT_SECRET, name: `Provider ${id}` },
      ...(clientAuth === 'basic' ? {} : { clientAuth }),
    })),
    become(person) {
      current = person.sub;
      people.set(person.sub, person);
    },
    tokens,
    start: () => listen(port),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Asks nobody anything: who comes is signed in, and has agreed. */
const behaviour = (people: ReadonlyMap<string, Person>) => ({
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_: object, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
  cookies: { keys: ['a key of tests'] },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  findAccount: (_: object, sub: string) => ({ accountId: sub, claims: () => people.get(sub) }),
  async loadExistingGrant({ oidc }: GrantContext) {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});
