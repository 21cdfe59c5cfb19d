import { type Click, chooseKept, decodeKept, encodeKept, type Kept, keepOf } from './click.ts';
import { askEndpoint } from './endpoint.ts';
import { placesOf } from './places.ts';
import type { Settings } from './settings.ts';

const KEPT = 'rref';
const CONSENT = 'rconsent';
const DAY_S = 86_400;

/** Keeps the click that counts: where the browser allows it and the visitor agrees, beyond this page. */
export interface Keeper {
  current(): Kept | null;
  /** Says whether the click is now the one that counts. */
  offer(click: Click): boolean;
  consent(isGiven: boolean): void;
  forget(): void;
}

export function createKeeper(settings: Settings): Keeper {
  const { rule, days, endpoint } = settings;
  const places = placesOf(settings.domain);
  /** Clicks that wait for consent. */
  let waiting: Click[] = [];
  /** What only this page knows: there is no consent, or both places are blocked. */
  let held: Kept | null = null;
  let choice: string | undefined;

  const chosen = (): string | undefined => choice || places.read(CONSENT)[0];
  const mayStore = (): boolean => {
    const said = chosen();
    return said ? said === '1' : !settings.needsConsent && !signalsRefusal(settings.respects);
  };
  const store = (kept: Kept): boolean => {
    const text = encodeKept(kept);
    const age_s = Math.ceil(days * DAY_S - (Date.now() - kept.capturedAt_ms) / 1_000);
    if (endpoint === '') return places.write(KEPT, text, age_s);
    places.writeStorage(KEPT, text);
    askEndpoint(endpoint, KEPT, text, () => places.writeCookie(KEPT, text, age_s));
    return places.read(KEPT).includes(text);
  };
  const keeper: Keeper = {
    current() {
      const texts = mayStore() ? places.read(KEPT) : [];
      const stored = texts.map((text) => decodeKept(text, days, Date.now()));
      return chooseKept([...stored, held].filter(isKept), rule);
    },
    offer(click) {
      const before = keeper.current();
      const after = keepOf(before, click, rule, days, Date.now());
      if (!mayStore()) waiting.push(click);
      if (after === null || after === before) return false;
      held = mayStore() && store(after) ? null : after;
      return true;
    },
    consent(isGiven) {
      choice = isGiven ? '1' : '0';
      places.write(CONSENT, choice, Math.ceil(days * DAY_S));
      if (!isGiven) keeper.forget();
      // What is stored from earlier pages is read only now, and the rule decides between the two.
      const clicks = waiting;
      waiting = [];
      if (clicks.length > 0) held = null;
      clicks.forEach(keeper.offer);
    },
    forget() {
      waiting = [];
      held = null;
      places.clear(KEPT);
    },
  };
  // A refusal on another host of the site could not reach the storage of this one.
  if (chosen() === '0') places.clear(KEPT);
  return keeper;
}

const isKept = (kept: Kept | null): kept is Kept => kept !== null;

function signalsRefusal(respects: readonly string[]): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as {
    readonly globalPrivacyControl?: boolean;
    readonly doNotTrack?: string | null;
  };
  return (
    (respects.includes('gpc') && globalPrivacyControl === true) ||
    (respects.includes('dnt') && doNotTrack === '1')
  );
}
