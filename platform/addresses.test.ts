import fc from 'fast-check';
import { expect, it } from 'vitest';
import { networkOf } from './addresses.ts';

it('an IPv4 address is a network of its own, and an IPv6 address one with all of its first 64 bits', () => {
  expect(networkOf('198.51.100.7')).toBe('198.51.100.7');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
  expect(networkOf('2001:DB8:1:2::')).toBe('2001:db8:1:2');
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
  expect(networkOf('::1')).toBe('0:0:0:0');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0');
});

it('an IPv4 address that IPv6 carries is the network of that IPv4 address', () => {
  expect(networkOf('::ffff:198.51.100.7')).toBe('198.51.100.7');
  expect(networkOf('::FFFF:c633:6407')).toBe('198.51.100.7');
  expect(networkOf('::ffff:0:1')).toBe('0.0.0.1');
});

it('what is no address is one network, so that nobody gets tries of their own by making some up', () => {
  for (const text of ['', 'unknown', '1.2.3', '::ffff:1.2.3', '2001:db8::1::2', '[::1]', 'a:b']) {
    expect(networkOf(text)).toBe('none');
  }
});

it('however an IPv6 address is written, it is of the same network', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(7), (groups, at) => {
      const hex = groups.map((number) => number.toString(16));
      const long = hex.map((text) => text.padStart(4, '0').toUpperCase()).join(':');
      const zeroed = groups.map((number, n) => (n === at ? 0 : number));
      const short = zeroed.map((number, n) => (n === at ? '' : number.toString(16))).join(':');
      const shortened = at === 0 ? `:${short}` : at === 7 ? `${short}:` : short;
      fc.pre(!isMapped(groups) && !isMapped(zeroed));
      expect(networkOf(long)).toBe(hex.slice(0, 4).join(':'));
      expect(networkOf(shortened)).toBe(
        zeroed
          .slice(0, 4)
          .map((number) => number.toString(16))
          .join(':'),
      );
    }),
  );
});

const isMapped = (groups: readonly number[]) =>
  groups.slice(0, 5).every((number) => number === 0) && groups[5] === 0xffff;
