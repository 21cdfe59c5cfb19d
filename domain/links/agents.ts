/** A part of an agent, why it says what it says, and an agent that has it, from a public source. */
interface AgentPart {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly example: string;
  readonly source: string;
}

const MATOMO = 'Matomo device-detector 6.5.1,';
const CRAWLERS = 'crawler-user-agents 1.67.0';

const KHTML = 'AppleWebKit/537.36 (KHTML, like Gecko)';

/** The version of Android, and the language that old ones add: what stands before the device's name. */
const ANDROID = '\\bandroid[ /][\\d.]+; (?:u; )?(?:[a-z]{2}[-_][a-z]{2}; ?)?';
/** A maker's words: no address, no mailbox and no version after a slash, as robots have them. */
const WORDS = '[^;()@/]*';

/**
 * Parts of people's agents that a public list of robots takes for a robot's. Each is held to what stands
 * around it, so that it excuses a part and never the agent.
 */
export const INNOCENT: readonly AgentPart[] = [
  {
    pattern: new RegExp(
      `(?<=${ANDROID})${WORDS}(?:\\(${WORDS}\\)${WORDS})?(?:build/${WORDS})?(?=[;)]|$)`,
      'gi',
    ),
    reason: 'Android names the device: a Spider, a Discovery, a Radar, an XBot, some maker’s Google TV.',
    example: `Mozilla/5.0 (Linux; Android 13; Spider 8) ${KHTML} Chrome/124.0.0.0 Safari/537.36`,
    source: `${MATOMO} tablet-11.yml`,
  },
  {
    pattern: /\bandroid \(\d+\/[\d.]+; \d+dpi; [^()@]*\)?/gi,
    reason: 'Instagram and its kin describe screen and device once more: 1024x720 is no "24x7".',
    example:
      'Mozilla/5.0 (Linux; U; Android 4.2.1; ru-ru; ZT-97003G Build/JOP40D[20131216.194236]) ' +
      'AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Safari/534.30 Instagram 54.0.0.14.82 Android ' +
      '(17/4.2.1; 160dpi; 1024x720; ULMART/ZIFRO; ZT-97003G; ZT-97003G; mt8389; ru_RU; 117539687)',
    source: `${MATOMO} tablet-6.yml`,
  },
  {
    pattern: /(?<=\bfb(?:cr|dv|mf|bd|md|sn)\/)[^;\]@]*(?=[;\]]|$)/gi,
    reason: 'Facebook’s and Messenger’s browsers name carrier and device: Google Fi, a Cubot.',
    example:
      'Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8 Pro Build/AP3A.241005.015) [FBAN/Orca-Android;' +
      'FBAV/482.0.0.71.108;FBPN/com.facebook.orca;FBLC/de_DE;FBBV/658301643;FBCR/Telekom.de;FBMF/Google;' +
      'FBBD/google;FBDV/Pixel 8 Pro;FBSV/15;FBCA/arm64-v8a:null;FBDM/{density=2.25,width=1008,' +
      'height=2244};FB_FW/1;]',
    source: `${MATOMO} smartphone-42.yml`,
  },
  {
    pattern: /\bprocess\/tools\w*/gi,
    reason: 'WeChat on Android names the process that shows the page.',
    example:
      'Mozilla/5.0 (Linux; Android 9; SM-G965F Build/PPR1.180610.011; wv) AppleWebKit/537.36 (KHTML, like ' +
      'Gecko) Version/4.0 Chrome/78.0.3904.62 XWEB/2889 MMWEBSDK/20210902 Mobile Safari/537.36 ' +
      'MMWEBID/4096 MicroMessenger/8.0.15.2001(0x28000F41) Process/toolsmp WeChat/arm64 Weixin ' +
      'GPVersion/1 NetType/WIFI Language/en ABI/arm64',
    source: `${MATOMO} clienthints-app.yml`,
  },
  {
    pattern: /\bsogou(?:mse|mobilebrowser|search (?=android|ios))[/,]?[\d.]*/gi,
    reason: 'Sogou makes a browser and a search app; its robot is "Sogou web spider".',
    example:
      'Mozilla/5.0 (Linux; U; Android 5.0.2; zh-cn; Redmi Note 2 Build/LRX22G) AppleWebKit/534.30 (KHTML, ' +
      'like Gecko) Version/4.0 Mobile Safari/534.30 SogouMSE,SogouMobileBrowser/3.8.5',
    source: `${MATOMO} phablet.yml`,
  },
  {
    pattern: /\bgoogle ?tv\b(?:[ /][\d.]+)?/gi,
    reason: 'Televisions name the system that they run.',
    example:
      'Mozilla/5.0 (Linux; GoogleTV 3.2; NSZ-GS7/GX70 Build/MASTER) AppleWebKit/534.24 (KHTML, like Gecko) ' +
      'Chrome/11.0.696.77 Safari/534.24',
    source: `${MATOMO} tv-1.yml`,
  },
  {
    pattern: /\b(?:ce-html|nettv|freesat|bada|webos|rex|bdp\w+)\/1\.0(?=;)/gi,
    reason: 'Televisions and phones tell the first version of a standard or system, as small robots do.',
    example:
      'Opera/9.80 (Linux mips; U; HbbTV/1.1.1 (; Humax; hdr1000s; 1.0.0; 1.0.0; ); ce-html/1.0; xx) ' +
      'Presto/2.10.250 Version/11.60',
    source: `${MATOMO} tv.yml`,
  },
  {
    pattern: /(?<=\bsamsung-gt-[\w-]{1,40})\/1\.0(?=;)/gi,
    reason: 'Samsung’s phones before Android tell their firmware so.',
    example:
      'Mozilla/5.0 (SAMSUNG; SAMSUNG-GT-S8600/1.0; U; Bada/2.0; en-us) AppleWebKit/534.20 (KHTML, like ' +
      'Gecko) Dolfin/3.0 Mobile WVGA SMM-MMS/1.2.0 OPN-B',
    source: `${MATOMO} smartphone-13.yml`,
  },
  {
    pattern: /\bomi\/[\d.]+catcher[\d.]+/gi,
    reason: 'A build of the browser that Hisense and others have in their televisions.',
    example:
      `Mozilla/5.0 (Linux armv7l) ${KHTML} Chrome/77.0.3865.120 Safari/537.36 OPR/46.0.2207.0 ` +
      'OMI/4.20.3.54.Catcher2.147 Model/Hisense-MSD6886 TV Store/4.20',
    source: `${MATOMO} tv-2.yml`,
  },
  {
    pattern: /^smarttv_\w[\w-]*_build_\w+_chromium_[\d.]+$/gi,
    reason: 'All that Amazon’s Fire TV says in some apps.',
    example: 'smarttv_AFTKA_Build_0017381305986_Chromium_88.0.4324.152',
    source: `${MATOMO} tv-3.yml`,
  },
  {
    pattern: /^dv\(iph\d+,\d+\);pr\(ucbrowser\/[\d.]+\);[\w();.]+$/gi,
    reason: 'All that UC Browser on an iPhone says in its saving mode.',
    example:
      'dv(iPh14,2);pr(UCBrowser/11.3.5.1203);ov(15_4);ss(375x812);bt(GJ);pm(0);bv(0);nm(0);im(0);nt(2);',
    source: `${MATOMO} phablet-1.yml`,
  },
  {
    pattern: /\bjavaplatform\/jp-[\d.]+|\bjava\/jbed\/[\d.]+/gi,
    reason: 'Feature phones name their Java.',
    example:
      'SonyEricssonU10/R1x Browser/NetFront/3.5 Profile/MIDP-2.1 Configuration/CLDC-1.1 JavaPlatform/JP-8.5',
    source: `${MATOMO} feature_phone.yml`,
  },
  {
    pattern: /\bmaui ?(?:\(\)|\(?http pgdl; ?https\)?)|\bopera \(https\)/gi,
    reason: 'The browser of MediaTek’s feature phones says what it can load.',
    example: 'FLY_E141TV_PLUS/ WAP Browser/MAUI(HTTP PGDL;HTTPS)Profile/Q03C1-2.40 ru-RU',
    source: `${MATOMO} feature_phone.yml`,
  },
  {
    pattern: /(?<=\biemobile\/[\d.]+; \w{1,20}; )radar\b[\w. ]*/gi,
    reason: 'A Windows phone of HTC’s is a Radar.',
    example:
      'Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; Trident/5.0; IEMobile/9.0; HTC; Radar 4G)',
    source: `${MATOMO} smartphone-5.yml`,
  },
  {
    pattern: /\b(?:newsarticle|sohunews|applenews|netnewswire|(?<=\(khtml, like gecko\) )news)\/[\d.]+/gi,
    reason: 'News apps show pages: Toutiao, Sohu, Apple News, NetNewsWire.',
    example:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 10_0 like Mac OS X) AppleWebKit/602.1.43 (KHTML, like Gecko) ' +
      'AppleNews/607 Version/2.0',
    source: `${MATOMO} mobile_apps.yml`,
  },
  {
    pattern: /(?<=^mozilla\/.*[ [(:])(?:air\.)?com\.[a-z][\w.]*/gi,
    reason: 'Apps that show a page give their id, a name of the web read backwards.',
    example:
      'Mozilla/5.0 (Linux; Android 7.0; VFD 1300 Build/NRD90M; wv) AppleWebKit/537.36 (KHTML, like Gecko) ' +
      'Version/4.0 Chrome/59.0.3071.125 Safari/537.36 [air.com.A888poker/1.0]',
    source: `${MATOMO} tablet-5.yml`,
  },
];

/** Robots that the list lets through, for they drive a browser or say little. */
export const ROBOTS: readonly AgentPart[] = [
  {
    pattern: /\b(?:barracuda|proofpoint|mimecast|ciscosecureemail|tmes)\b/i,
    reason: 'Scanners of mail follow every link of a message before anyone reads it.',
    example: 'Barracuda Sentinel (EE)',
    source: `${MATOMO} bots.yml; others: live-direct-marketing.online on security scanners, 2026-11-29`,
  },
  {
    pattern: /\bamzn-user\/|^amazon-kendra/i,
    reason: 'Amazon’s assistants fetch pages for their answers.',
    example:
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Amzn-User/0.1) ' +
      'Chrome/119.0.6045.214 Safari/537.36',
    source: `${MATOMO} bots.yml`,
  },
  {
    pattern: /\b(?:gtmetrix|miniature\.io|360jk)\b|\bylt chrome\/|\) hlb\/[\d.]+$/i,
    reason: 'Monitors and screenshots, taken by a browser that a program drives.',
    example: `Mozilla/5.0 (X11; Linux x86_64) ${KHTML} Chrome/117.0.0.0 Safari/537.36 GTmetrix`,
    source: CRAWLERS,
  },
  {
    pattern: /\bassetnote\//i,
    reason: 'It looks for holes in what a company has on the web.',
    example:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
      'Chrome/60.0.3122.113 Safari/537.36 Assetnote/1.0.0',
    source: `${MATOMO} bots.yml`,
  },
];
