import { createHmac } from 'node:crypto';
import { hashPassword } from 'better-auth/crypto';
import type { Role } from '../../domain/operators/roles.ts';
import { openUserMail, type UserMail } from '../../engine/users/mail.ts';
import { newId } from '../../platform/ids.ts';
import { TEST_BADGES } from '../support/seed.ts';
import type { Answer, TestApi } from './harness.ts';

export const PASSWORD = 'correct horse battery';

/** The hash of `PASSWORD`, which takes long to make: once is enough for a file. */
const passwordHash = hashPassword(PASSWORD);

let addresses = 0;

/** A browser: it keeps cookies, says of itself what browsers say, and has an address of its own. */
export class Browser {
  private readonly cookies = new Map<string, string>();
  private readonly api: TestApi;
  readonly address: string;

  constructor(api: TestApi, address: string) {
    this.api = api;
    this.address = address;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** What it sends with each request to a page of ours. */
  get headers(): Record<string, string> {
    return { cookie: this.cookie, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': this.address };
  }

  get cookieNames(): string[] {
    return [...this.cookies.keys()].sort();
  }

  /** Asks below `/api/v1`. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.api.send(`/api/v1${path}`, {
      method,
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    this.keepAll(answer.headers);
    const data = answer.text === '' ? null : JSON.parse(answer.text);
    return { ...answer, data, code: data?.code, message: data?.detail ?? '' };
  }

  /** Asks for a page, or sends its form. */
  async page(
    method: 'GET' | 'POST',
    path: string,
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const isForm = method === 'POST';
    const answer = await this.api.send(path, {
      method,
      headers: {
        ...this.headers,
        ...(isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...headers,
      },
      ...(isForm ? { body: new URLSearchParams(form).toString() } : {}),
    });
    this.keepAll(answer.headers);
    return answer;
  }

  /** Gives a sign-in with `PASSWORD` its answer. */
  signIn(email: string, password: string = PASSWORD): Promise<Answer> {
    return this.ask('POST', '/users/sign-in', { email, password });
  }

  /** Takes the cookies of an answer. */
  keepAll(headers: Headers): void {
    for (const line of headers.getSetCookie()) this.keep(line);
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

interface AccountOptions {
  readonly isVerified?: boolean;
  readonly hasPassword?: boolean;
}

/** What tests of users ask of an API that trusts its proxy. */
export function useUsers(api: TestApi) {
  const browser = (): Browser => {
    addresses += 1;
    return new Browser(api, `198.51.${addresses >> 8}.${addresses & 255}`);
  };
  /** Makes an account, which has `PASSWORD`. Returns its id. */
  async function account(email: string, { isVerified = true, hasPassword = true }: AccountOptions = {}) {
    const id = newId();
    const credential = { id: newId(), providerId: 'credential', accountId: id, password: await passwordHash };
    await api.db.user.create({
      data: {
        id,
        name: 'Ann',
        email,
        emailVerified: isVerified,
        ...(hasPassword ? { accounts: { create: credential } } : {}),
      },
    });
    return id;
  }
  /** Takes the e-mails that wait out of the queue, the oldest first. */
  async function mails(): Promise<UserMail[]> {
    const rows = await api.db.userEmail.findMany({ orderBy: { id: 'asc' } });
    await api.db.userEmail.deleteMany();
    return rows.map(({ id, sealed }) => {
      const mail = openUserMail(TEST_BADGES.ring, id, sealed);
      if (mail === null) throw new Error('an e-mail does not open');
      return mail;
    });
  }
  /** A browser in which a new account is signed in. */
  async function signedIn(email: string, options?: AccountOptions): Promise<Browser> {
    await account(email, options);
    const own = browser();
    const { status, text } = await own.signIn(email);
    if (status !== 200) throw new Error(`not signed in: ${text}`);
    return own;
  }
  return {
    browser,
    account,
    mails,
    signedIn,
    /** The same of a new operator of the API's first program. */
    async operator(email: string, role: Role): Promise<Browser> {
      const own = await signedIn(email);
      const { id: userId } = await api.db.user.findUniqueOrThrow({ where: { email } });
      await api.db.operator.create({ data: { programId: api.programId, userId, role } });
      return own;
    },
    /** The token of the one e-mail that waits, which is of this kind. */
    async token(kind: UserMail['kind']): Promise<string> {
      const found = await mails();
      const kinds = found.map((mail) => mail.kind).join();
      if (kinds !== kind) throw new Error(`e-mails of the kinds: ${kinds}`);
      return new URL(found[0]?.url ?? '').searchParams.get('token') ?? '';
    },
  };
}

/** All of an answer that may not differ: ids, times and lengths of time aside. */
export function outwardOf({ status, headers, text }: Answer) {
  const names = [...headers.keys()].filter((name) => !['date', 'x-request-id'].includes(name));
  return { status, text, headers: names.map((name) => [name, headers.get(name)]) };
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

/** The code that an authenticator app shows (RFC 6238) for what it scanned, some steps from now. */
export function totp(uri: string, steps = 0): string {
  const letters = [...(new URL(uri).searchParams.get('secret') ?? '').replaceAll('=', '')];
  const bits = letters.map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + steps));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
