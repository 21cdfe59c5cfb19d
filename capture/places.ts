import { safely } from './safely.ts';

/** The cookie and the storage of a page, as two places for the same text. */
export interface Places {
  /** What the cookie and the storage hold, in this order; a place that is blocked or empty is left out. */
  read(name: string): string[];
  /** Writes both and says whether at least one holds it now. */
  write(name: string, text: string, age_s: number): boolean;
  writeStorage(name: string, text: string): void;
  writeCookie(name: string, text: string, age_s: number): void;
  clear(name: string): void;
}

/** `domain` is the cookie's; empty: the widest that the browser allows, which is the registrable domain. */
export function placesOf(domain: string): Places {
  const places: Places = {
    read: (name) =>
      [readCookie(name), safely(() => localStorage.getItem(name))].filter((text): text is string => !!text),
    write(name, text, age_s) {
      places.writeStorage(name, text);
      places.writeCookie(name, text, age_s);
      return places.read(name).includes(text);
    },
    writeStorage(name, text) {
      safely(() => localStorage.setItem(name, text));
    },
    writeCookie(name, text, age_s) {
      clearCookie(name);
      // A browser ignores a cookie for a public suffix, such as `co.uk`, without a word.
      for (const candidate of domain === '' ? domainsOf() : [domain, '']) {
        setCookie(name, text, age_s, candidate);
        if (readCookie(name) === text) return;
      }
    },
    clear(name) {
      clearCookie(name);
      safely(() => localStorage.removeItem(name));
    },
  };
  return places;
}

/** The domains that this page might set a cookie for, the widest first; the last one is the host alone. */
function domainsOf(): string[] {
  const labels = location.hostname.split('.');
  return [...labels.map((_, at) => labels.slice(-1 - at).join('.')), ''];
}

const readCookie = (name: string): string | undefined =>
  safely(() => {
    const start = `${name}=`;
    const pair = document.cookie.split('; ').find((part) => part.startsWith(start));
    return pair?.slice(start.length);
  });

function setCookie(name: string, text: string, age_s: number, domain: string): void {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  safely(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is younger than many browsers
    document.cookie = `${name}=${text}; Path=/; Max-Age=${age_s}; SameSite=Lax${secure}${
      domain && `; Domain=${domain}`
    }`;
  });
}

function clearCookie(name: string): void {
  for (const domain of domainsOf()) setCookie(name, '', 0, domain);
}
