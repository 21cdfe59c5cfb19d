import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Addresses that no request to somebody else's endpoint may reach: IANA's special-purpose registries (RFC
 * 6890 and its updates), multicast, and forms of IPv6 that carry an IPv4 address.
 */
const SUBNETS: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Loopback, unspecified, IPv4-mapped and IPv4-compatible.
  ['::', 32],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

// One list for each family: Node would look up the IPv4 address within a mapped IPv6 one, and `::/32` refuses
// all of those.
const LISTS = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, prefix] of SUBNETS) {
  const family = familyOf(network);
  LISTS[family].addSubnet(network, prefix, family);
}

/** Whether an IP address is not one of the public internet. A zone (`%eth0`) makes it internal. */
export function isInternalAddress(address: string): boolean {
  if (address.includes('%')) return true;
  const family = familyOf(address);
  return LISTS[family].check(address, family);
}

const LOOPBACK = { ipv4: new BlockList(), ipv6: new BlockList() };
LOOPBACK.ipv4.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.ipv6.addAddress('::1', 'ipv6');

/** Whether an IP address is this machine's own, which no other reaches. */
export function isLoopbackAddress(address: string): boolean {
  const family = familyOf(address);
  return LOOPBACK[family].check(address, family);
}

/**
 * What one person has of the internet's addresses: an IPv4 address, also within IPv6 as a socket for both
 * gives it, or the first 64 bits of an IPv6 address (RFC 6177), in one form each. What is no address, as a
 * proxy may pass it on, is one network.
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return 'none';
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(6);
  return groups.slice(0, 6).join() === MAPPED
    ? [high >> 8, high & 255, low >> 8, low & 255].join('.')
    : groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(':');
}

/** How IPv6 addresses begin that carry an IPv4 address (RFC 4291, 2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0xffff].join();

/** The eight numbers of an IPv6 address. A URL has it in one form, hexadecimal throughout. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbers = (part = '') =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [numbers(head), numbers(tail)];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}
