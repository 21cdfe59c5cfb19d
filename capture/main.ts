import { clickOf } from './click.ts';
import { fillForms } from './forms.ts';
import { createKeeper } from './keeper.ts';
import { openingOf, watchNavigation } from './navigation.ts';
import { safely } from './safely.ts';
import { settingsOf } from './settings.ts';

/** What the page may call; docs/CAPTURE.md describes it. */
interface Capture {
  get(): { readonly code: string; readonly clickId: string | null; readonly capturedAt: string } | null;
  params(): Record<string, string>;
  consent(isGiven: boolean): void;
  forget(): void;
  push(call: Call): void;
}

type Call = readonly [name: string, argument?: unknown];

/** Before the script has come, a page may leave an array of calls there. */
type Global = { referralCapture?: Capture | Call[] };

function start(data: Readonly<Record<string, string | undefined>>): void {
  const settings = settingsOf(data);
  const keeper = createKeeper(settings);
  const seen = new Set<string>();

  const capture: Capture = {
    get() {
      const kept = keeper.current();
      if (kept === null) return null;
      const { code, clickId, capturedAt_ms } = kept;
      return { code, clickId, capturedAt: new Date(capturedAt_ms).toISOString() };
    },
    params() {
      const kept = keeper.current();
      if (kept === null) return {};
      return kept.clickId === null ? { rcode: kept.code } : { rcode: kept.code, rclk: kept.clickId };
    },
    consent: (isGiven) => keeper.consent(isGiven === true),
    forget: keeper.forget,
    push([name, argument]) {
      if (name === 'consent') capture.consent(argument === true);
      if (name === 'forget') capture.forget();
    },
  };

  const look = (search: string, hasArrived: boolean): void => {
    const click = clickOf(search, settings.names, hasArrived, Date.now());
    if (click === null) return;
    // An address goes on saying what it said before.
    const value = `${click.code}.${click.clickId}`;
    if (seen.has(value)) return;
    seen.add(value);
    if (!keeper.offer(click)) return;
    document.dispatchEvent(new CustomEvent('referral:captured', { detail: capture.get() }));
  };

  const early = (window as Global).referralCapture;
  (window as Global).referralCapture = capture;
  if (Array.isArray(early)) early.forEach(capture.push);
  const { search, hasArrived } = openingOf();
  look(search, hasArrived);
  const lookAgain = (): void => void safely(() => look(location.search, false));
  lookAgain();
  watchNavigation(lookAgain);
  if (settings.fillsForms) fillForms(capture.params);
}

safely(() => {
  const script = document.currentScript;
  const data = script instanceof HTMLScriptElement ? script.dataset : {};
  const before = (window as Global).referralCapture;
  if (before && !Array.isArray(before)) return;
  const run = (): void => void safely(() => start(data));
  // A page that is prepared ahead has no visitor yet.
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener('prerenderingchange', run, { once: true });
  } else run();
});
