import { describe, expect, it } from 'vitest';
import { checkDestination, landingOf, targetOf } from './destination.ts';

const HOSTS = ['shop.example', '*.eu.example', 'localhost'];
const check = (raw: string, isDevelopment = false) => checkDestination(raw, HOSTS, isDevelopment);

describe('checkDestination', () => {
  it.each([
    'https://shop.example/',
    'https://shop.example/a?b=c#d',
    'https://SHOP.example/x',
    'https://a.eu.example/',
    'https://shop.example:8443/',
  ])('allows %s', (raw) => {
    expect(check(raw)).toBe(new URL(raw).href);
  });

  it.each([
    'http://shop.example/',
    'https://evil.example/',
    'https://shop.example.evil.example/',
    'https://evilshop.example/',
    'https://eu.example/',
    'https://eveu.example/',
    'https://shop.example@evil.example/',
    'https://user:pass@shop.example/',
    'https:\\\\evil.example\\shop.example',
    '//shop.example/',
    '/relative',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    '',
    `https://shop.example/${'x'.repeat(2_048)}`,
    'http://localhost:3000/',
  ])('refuses %s', (raw) => {
    expect(check(raw)).toBeNull();
  });

  it('allows http on localhost during development, and nowhere else', () => {
    expect(check('http://localhost:5173/x', true)).toBe('http://localhost:5173/x');
    expect(check('http://shop.example/', true)).toBeNull();
  });
});

describe('landingOf', () => {
  it.each([
    ['https://a.example/', 'https://a.example/?rclk=ID&rcode=abc'],
    ['https://a.example/?x=1', 'https://a.example/?x=1&rclk=ID&rcode=abc'],
    ['https://a.example/p#top', 'https://a.example/p?rclk=ID&rcode=abc#top'],
    ['https://a.example/?x=1#a?b', 'https://a.example/?x=1&rclk=ID&rcode=abc#a?b'],
  ])('puts the click into %s', (href, landing) => {
    expect(landingOf(targetOf(href), 'ID', 'abc', null)).toBe(landing);
  });

  it('encodes what came from outside', () => {
    expect(landingOf(targetOf('https://a.example/'), null, 'abc', { gclid: 'a&rclk=b#c' })).toBe(
      'https://a.example/?rcode=abc&gclid=a%26rclk%3Db%23c',
    );
  });
});
