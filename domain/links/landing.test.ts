import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clickText, endText, landingOf, targetOf } from './landing.ts';
import { broughtOf } from './query.ts';

const land = (href: string, search = '', clickId: string | null = 'ID') =>
  landingOf(targetOf(href), clickText(clickId, 'abc'), broughtOf(search).travels);

describe('an address', () => {
  it.each([
    ['https://a.example/', 'https://a.example/?rclk=ID&rcode=abc'],
    ['https://a.example/?', 'https://a.example/?rclk=ID&rcode=abc'],
    ['https://a.example/?x=1', 'https://a.example/?x=1&rclk=ID&rcode=abc'],
    ['https://a.example/?x=%20&&y', 'https://a.example/?x=%20&y&rclk=ID&rcode=abc'],
    ['https://a.example/p#top', 'https://a.example/p?rclk=ID&rcode=abc#top'],
    ['https://a.example/?x=1#a?b', 'https://a.example/?x=1&rclk=ID&rcode=abc#a?b'],
  ])('takes the click in: %s', (href, landing) => {
    expect(land(href)).toBe(landing);
  });

  it('says why its link has ended', () => {
    expect(landingOf(targetOf('https://a.example/?x=1#top'), endText('disabled'), [])).toBe(
      'https://a.example/?x=1&rlink=disabled#top',
    );
  });

  it('has our parameters once, ours, whatever the destination and the visitor say', () => {
    expect(
      land('https://a.example/?rcode=old&x=1&%72clk=old&rlink=disabled', '?rclk=forged&rcode=b&y=2'),
    ).toBe('https://a.example/?x=1&rclk=ID&rcode=abc&y=2');
    expect(land('https://a.example/?rclk=old', '?rclk=forged', null)).toBe('https://a.example/?rcode=abc');
  });

  it.each([
    ['what the visitor alone has goes along', '?x=1', '?y=2&utm_medium=m', 'x=1&OURS&utm_medium=m&y=2'],
    ['what both have is the destination’s', '?plan=pro', '?plan=free&plan=x', 'plan=pro&OURS'],
    [
      'where a click came from is the visitor’s',
      '?utm_source=a&x=1',
      '?utm_source=b',
      'x=1&OURS&utm_source=b',
    ],
    ['a click id is the visitor’s, in any case', '?sccid=old', '?SCCID=new', 'OURS&ScCid=new'],
    ['repeated ones stay repeated', '', '?tag[]=a&tag[]=b', 'OURS&tag%5B%5D=a&tag%5B%5D=b'],
    ['what has no name stays behind', '', '?=x&&', 'OURS'],
  ])('takes the visitor’s query along: %s', (_rule, own, search, query) => {
    expect(land(`https://a.example/${own}`, search)).toBe(
      `https://a.example/?${query.replace('OURS', 'rclk=ID&rcode=abc')}`,
    );
  });

  it('encodes what came from outside', () => {
    expect(land('https://a.example/', '?gclid=a%26rclk%3Db%23c&q=%0d%0aSet-Cookie:x', null)).toBe(
      'https://a.example/?rcode=abc&gclid=a%26rclk%3Db%23c&q=%0D%0ASet-Cookie%3Ax',
    );
  });

  it('never gets another host, a second click, or more than its limit from a query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 9_000 }), fc.webQueryParameters(), (junk, own) => {
        const href = `https://a.example/p?${own.replaceAll('#', '')}`;
        const landing = land(href, `?${junk}`);
        const url = new URL(landing);
        expect([url.host, url.pathname, url.hash]).toEqual(['a.example', '/p', '']);
        expect(url.searchParams.getAll('rclk')).toEqual(['ID']);
        expect(url.searchParams.getAll('rcode')).toEqual(['abc']);
        expect(landing.length).toBeLessThan(href.length + 2_048 + 100);
        expect(landing).toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });
});

describe('what travels', () => {
  it('is whole or stays behind, and what tells the source goes first', () => {
    const long = 'x'.repeat(2_000);
    const { travels } = broughtOf(`?a=${long}&b=${long}&c=1&utm_source=s&gclid=g`);
    expect(travels.map(({ name }) => name)).toEqual(['gclid', 'utm_source', 'a', 'c']);
  });

  it('is fifty parameters at the most', () => {
    const search = Array.from({ length: 60 }, (_, at) => `p${at}=1`).join('&');
    expect(broughtOf(`?${search}`).travels).toHaveLength(50);
  });

  it.each([
    ['?utm_source=News%20Letter&gclid=1', 'news letter'],
    ['?gclid=1', 'google'],
    ['?ScCid=1', 'snap'],
    [`?utm_source=${'x'.repeat(101)}&rdt_cid=1`, 'reddit'],
    ['?utm_source=%00', null],
    ['?utm_source=%20', null],
    ['?ref=friend', null],
    ['', null],
  ])('%s came from %s', (search, source) => {
    expect(broughtOf(search).source).toBe(source);
  });
});
