import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';

const LINK_HOST = 'go.shop.example';
const PRINT = Array(32).fill('AB').join(':');
const OTHER_PRINT = Array(32).fill('CD').join(':');
const SIZE_MAX = 3_072;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const api = useApi({
  linkHosts: [LINK_HOST],
  linkUrl: `https://${LINK_HOST}/`,
  appleApps: ['ABCDE12345.example.shop.app'],
  androidApps: [`example.shop.app=${PRINT}`, `example.shop.app=${OTHER_PRINT}`],
});
const plain = useApi();
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.send(path, { method, headers: { 'user-agent': BROWSER, ...headers } });

/** The request as it is, with whatever `host` and path it says; fetch would correct both. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ readonly status: number | undefined }>((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    request({ hostname, port, path, method, headers: { 'user-agent': BROWSER, ...headers } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode });
    })
      .on('error', reject)
      .end();
  });

describe('links', () => {
  it('are named where members reach them, be the API elsewhere', async () => {
    const { id } = await api.member();
    const { data } = await api.mutate('links.create', { memberId: id });
    expect(data.url).toBe(`https://${LINK_HOST}/r/${data.code}`);
  });
});

describe('/capture.js', () => {
  it('is below 3 KB compressed, and comes compressed to those who take it', async () => {
    const { text, headers } = await get('/capture.js', { 'accept-encoding': 'gzip' });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(gzipSync(text).length).toBeLessThan(SIZE_MAX);
  });

  it('may be loaded, and its hash checked, by pages of any origin, and comes hourly', async () => {
    const { status, headers } = await get('/capture.js');
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=3600',
    });
    const again = await get('/capture.js', { 'if-none-match': headers.get('etag') ?? '' });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('a host name for links', () => {
  it.each(['/capture.js', '/.well-known/apple-app-site-association', '/.well-known/assetlinks.json'])(
    'answers %s',
    async (path) => {
      expect((await ask(path, { host: LINK_HOST })).status).toBe(200);
    },
  );

  it('answers links', async () => {
    const { referralCode } = await api.member();
    expect((await ask(`/r/${referralCode}`, { host: LINK_HOST })).status).toBe(302);
    expect((await ask(`/r/${referralCode}`, { host: LINK_HOST }, 'HEAD')).status).toBe(302);
  });

  it.each([
    '/',
    '/',
    '/healthz',
    '/metrics',
    '/docs/api',
    '/openapi.json',
    '/mailbox',
    '/trpc/programs.get',
    '/api/v1/program',
    '/r',
    '/r/',
    '/r/../healthz',
    '/.well-known/',
    '//healthz',
  ])('answers %s as it answers what does not exist', async (path) => {
    const headers = { authorization: `Bearer ${api.programKey}` };
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status } = await ask(path, { ...headers, host: LINK_HOST }, method);
      expect([method, status]).toEqual([method, 404]);
    }
  });

  it.each<[string, Record<string, string>]>([
    ['in capitals', { host: 'GO.Shop.Example' }],
    ['with its port', { host: `${LINK_HOST}:8443` }],
    ['with its last dot', { host: `${LINK_HOST}.` }],
    ['as a proxy tells it', { 'x-forwarded-host': LINK_HOST }],
    ['whatever a client forwards', { host: LINK_HOST, 'x-forwarded-host': 'api.shop.example' }],
  ])('is known %s', async (_how, headers) => {
    expect((await ask('/healthz', headers)).status).toBe(404);
  });

  it('takes nothing from other hosts', async () => {
    expect((await ask('/healthz', { host: 'api.shop.example' })).status).toBe(200);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

describe('the files for apps', () => {
  it('name the apps and links alone, as JSON, without a redirect', async () => {
    const apple = await get('/.well-known/apple-app-site-association');
    expect(apple.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(apple.text)).toEqual({
      applinks: { details: [{ appIDs: ['ABCDE12345.example.shop.app'], components: [{ '/': '/r/*' }] }] },
    });
    const android = await get('/.well-known/assetlinks.json');
    expect(android.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const relation = 'delegate_permission/common.handle_all_urls';
    expect(JSON.parse(android.text)).toEqual([
      {
        relation: [relation],
        target: {
          namespace: 'android_app',
          package_name: 'example.shop.app',
          sha256_cert_fingerprints: [PRINT, OTHER_PRINT],
        },
        relation_extensions: {
          [relation]: { dynamic_app_link_components: [{ '/': '/r/*' }, { '/': '*', exclude: true }] },
        },
      },
    ]);
  });

  it('are not there without apps', async () => {
    for (const name of ['apple-app-site-association', 'assetlinks.json']) {
      expect((await plain.send(`/.well-known/${name}`, {})).status).toBe(404);
    }
  });
});

describe('the redirect’s cookie', () => {
  const KNOWN = '01990000-0000-7000-8000-000000000001';
  const click = async (code: string, cookie?: string) => {
    plain.advance(5_001);
    const headers = { 'user-agent': BROWSER, ...(cookie === undefined ? {} : { cookie }) };
    const answer = await plain.send(`/r/${code}`, { headers });
    const clickId = new URL(answer.headers.get('location') ?? '').searchParams.get('rclk') ?? '';
    const { visitorId } = await plain.db.touch.findFirstOrThrow({ where: { id: clickId } });
    return { isSet: answer.headers.get('set-cookie') !== null, isKnown: visitorId === KNOWN };
  };

  it.each([
    ['always', `rv=${KNOWN}`, true],
    ['consent', `rv=${KNOWN}`, false],
    ['consent', `rv=${KNOWN}; rconsent=0`, false],
    ['consent', `xrconsent=1; rv=${KNOWN}`, false],
    ['consent', `rconsent=1; rv=${KNOWN}`, true],
    ['off', `rv=${KNOWN}; rconsent=1`, false],
  ])('under `%s`, with %s, is set and read: %s', async (visitorCookie, cookie, isKept) => {
    const { referralCode } = await plain.member();
    const updated = await plain.mutate('programs.update', { visitorCookie });
    expect(updated.data.visitorCookie).toBe(visitorCookie);
    expect(await click(referralCode, cookie)).toEqual({ isSet: isKept, isKnown: isKept });
  });

  it('has no other setting', async () => {
    const answer = await plain.mutate('programs.update', { visitorCookie: 'sometimes' });
    expect([answer.status, answer.code]).toEqual([400, 'input_invalid']);
  });
});
