import { describe, expect, it } from 'vitest';
import { checkDestination } from './destination.ts';

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
