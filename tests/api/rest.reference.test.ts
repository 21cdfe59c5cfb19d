import { describe, expect, it } from 'vitest';
import { API_CODES } from '../../api/http/error-codes.ts';
import { REFUSAL_CODES } from '../../domain/refusal.ts';
import { startApi, useApi } from './harness.ts';

const api = useApi();
const get = (pathname: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${pathname}`, { headers });

describe('the reference page', () => {
  it('loads nothing from elsewhere and runs no inline script, and its policy says so', async () => {
    const page = await get('/docs/api');
    const html = await page.text();
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
    expect(sources).toEqual(['data:,', '/docs/api/scalar.js', '/docs/api/start.js']);
    for (const source of sources.slice(1)) {
      const script = await get(source);
      expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect((await script.text()).length).toBeGreaterThan(100);
    }
  });

  it('reads the document of this engine, compressed for whoever takes that', async () => {
    const answer = await get('/openapi.json', { 'accept-encoding': 'gzip' });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.json()).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/api/v1' }] });
  });
});

describe('the page of problems', () => {
  it('has an anchor for every code that a problem document may lead to, and runs no script', async () => {
    const page = await get('/docs/problems');
    const html = await page.text();
    const anchors = [...html.matchAll(/<section id="(\w+)">/g)].map(([, code]) => code);
    expect(anchors.sort()).toEqual([...Object.keys(API_CODES), ...REFUSAL_CODES].sort());
    expect(html).not.toMatch(/<script|https?:/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const problem = (await (await get('/api/v1/members')).json()) as { readonly type: string };
    expect(new URL(problem.type).pathname).toBe('/docs/problems');
    expect(html).toContain(`<section id="${new URL(problem.type).hash.slice(1)}">`);
  });
});

describe('the page at /', () => {
  const linksOf = (html: string) => [...html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href);

  it('leads to what is there, loads nothing, and runs nothing', async () => {
    const page = await get('/');
    const html = await page.text();
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<link|<img|src=/);
    const links = linksOf(html);
    expect(links).toEqual(expect.arrayContaining(['/docs/api', '/account', '/readyz', '/mailbox']));
    for (const link of links) expect((await get(link)).status, link).toBe(200);
  });

  it('shows the Web UI in development alone, and not the mailbox in production', async () => {
    const temporalUi = 'http://localhost:8233';
    const development = await startApi({ temporalUi });
    const production = await startApi({ temporalUi, isDevelopment: false });
    try {
      expect(linksOf((await development.send('/', {})).text)).toContain(temporalUi);
      const links = linksOf((await production.send('/', {})).text);
      expect(links).toContain('/docs/api');
      expect(links).not.toContain(temporalUi);
      expect(links).not.toContain('/mailbox');
    } finally {
      await Promise.all([development.close(), production.close()]);
    }
  });
});
