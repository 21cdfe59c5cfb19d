import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';

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
