import { safely } from './safely.ts';

/** The address that the page was opened with, and whether the visitor came with it just now. */
export interface Opening {
  readonly search: string;
  readonly hasArrived: boolean;
}

/** The page may have changed its address since, so that the browser's own record goes first. */
export function openingOf(): Opening {
  const entry = safely(
    () => performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined,
  );
  const referrer = safely(() => new URL(document.referrer).host);
  return {
    search: safely(() => new URL(entry ? entry.name : '').search) || location.search,
    hasArrived: !/^(reload|back_forward)$/.test(entry ? entry.type : '') && referrer !== location.host,
  };
}

/** Calls after each change of the address within the page. */
export function watchNavigation(onChange: () => void): void {
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    navigation.addEventListener('currententrychange', onChange);
    return;
  }
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (...args) {
      const result = Reflect.apply(original, this, args);
      onChange();
      return result;
    };
  }
  addEventListener('popstate', onChange);
}
