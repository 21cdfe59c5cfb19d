import { describe, expect, it } from 'vitest';
import { landingOf, targetOf } from './landing.ts';

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
