import fc from 'fast-check';
import { isbot } from 'isbot';
import { describe, expect, it } from 'vitest';
import { INNOCENT, ROBOTS } from '../../domain/links/agents.ts';
import { isRobotAgent } from './robots.ts';

const GOOGLEBOT = ' (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const ANDROID = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36';

describe('a person', () => {
  it.each(INNOCENT)('is told from a robot though the list takes one for one. $reason', ({ example }) => {
    expect(isbot(example)).toBe(true);
    expect(isRobotAgent(example)).toBe(false);
  });

  // Matomo device-detector 6.5.1, the file that is named.
  it.each([
    ['smartphone-29.yml', `Mozilla/5.0 (Linux; Android 4.4.2; GM Discovery II) ${ANDROID}`],
    ['smartphone-28.yml', `Mozilla/5.0 (Linux; Android 8.1.0; XBot_Senior Build/O11019) ${ANDROID}`],
    ['smartphone-21.yml', `Mozilla/5.0 (Linux; Android 8.1.0; Newsday_E1) ${ANDROID}`],
    ['smartphone.yml', `Mozilla/5.0 (Linux; Android 8.1.0; Capture+) ${ANDROID}`],
    ['smartphone-40.yml', `Mozilla/5.0 (Linux; arm_64; Android 13; Discovery Pro) ${ANDROID}`],
    ['tablet-6.yml', `Mozilla/5.0 (Linux; Android 7.0; Superion Radar Deluxe Build/NRD90M) ${ANDROID}`],
    ['tv-2.yml', `Mozilla/5.0 (Linux; Android 11; Arcelik Google TV Build/RTM6.230109.257; wv) ${ANDROID}`],
    [
      'tv-5.yml',
      `Mozilla/5.0 (Linux; Android 11; INDURAMA GOOGLE TV 4K Build/RTM9.241015.016; wv) ${ANDROID}`,
    ],
    [
      'tv-1.yml',
      'Opera/9.80 (Linux mips; HbbTV/1.2.1 (; Freesat/1.0; hdr1000s; 1.0.0; 1.0.0; wired); ce-html/1.0)',
    ],
  ])('with a device of any name counts: %s, %s', (_file, agent) => {
    expect(isRobotAgent(agent)).toBe(false);
  });

  it('counts with a device of whatever name a maker gives it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9 _.+-]{1,30}$/), fc.boolean(), (name, hasBuild) => {
        const build = hasBuild ? ' Build/UP1A.231005.007' : '';
        expect(isRobotAgent(`Mozilla/5.0 (Linux; Android 14; ${name}${build}) ${ANDROID}`)).toBe(false);
      }),
    );
  });
});

describe('a robot', () => {
  it.each(ROBOTS)('is one though it names no robot of the list. $reason', ({ example }) => {
    expect(isRobotAgent(example)).toBe(true);
  });

  it.each(INNOCENT)('is one though it has what people have. $reason', ({ example }) => {
    expect(isRobotAgent(example + GOOGLEBOT)).toBe(true);
  });

  // crawler-user-agents 1.67.0; RamblerMail and Valimail: Matomo device-detector 6.5.1, bots.yml.
  it.each([
    `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) ${ANDROID}${GOOGLEBOT}`,
    'Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)',
    'Mozilla/5.0 (compatible; MSIE or Firefox mutant; not on Windows server;) Daumoa/4.0',
    `Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012; Storebot-Google/1.0) ${ANDROID}`,
    'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
    'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
    'RamblerMail/6.0 (incompatible; ImageProxy/6.0)',
    'Valimail/1.0 (domain scanner)',
    '',
  ])('does not count: %s', (agent) => {
    expect(isRobotAgent(agent)).toBe(true);
  });
});
