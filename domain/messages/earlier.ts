type Payload = Readonly<Record<string, unknown>>;
type Reading = (payload: Payload) => Payload;

/** Money of a whole number of minor units, as a number or digits, whatever its sign; null without a unit. */
function moneyOf(minor: unknown, unit: unknown) {
  return typeof unit === 'string' ? { minor: String(minor).replace(/^-/, ''), unit } : null;
}

/** Amounts were written as `unit` and `amountMinor`; what was taken had a minus. */
const withAmount: Reading = (payload) =>
  'amountMinor' in payload
    ? { ...payload, amount: moneyOf(payload['amountMinor'], payload['unit']) }
    : payload;

const level: Reading = (payload) =>
  'lifetimeMinor' in payload
    ? { ...payload, lifetime: moneyOf(payload['lifetimeMinor'], payload['unit']) }
    : payload;

/** A threshold of any measure was `at`, and its unit stood beside it. */
const milestone: Reading = (payload) => {
  if (!('unit' in payload)) return payload;
  const { at, unit, ...others } = payload;
  return unit === null
    ? { ...others, at: Number(at), amount: null }
    : { ...others, at: null, amount: moneyOf(at, unit) };
};

const budget: Reading = (payload) =>
  'capMinor' in payload
    ? {
        ...payload,
        cap: moneyOf(payload['capMinor'], payload['unit']),
        spent: moneyOf(payload['spentMinor'], payload['unit']),
      }
    : payload;

/** The source was left out where a referral granted the reward. */
const granted: Reading = (payload) => ({ source: 'referral', ...withAmount(payload) });

const prize: Reading = (payload) => ({ ...withAmount(payload), rank: Number(payload['rank']) });

/** `unqualified` was said of refunds alone. */
const reversed: Reading = (payload) => ({ unqualified: false, ...payload });

/**
 * By type: what turns a payload as it was first written into its present form. Rows of both forms are stored,
 * since the outbox keeps what it was given; a payload in the present form comes back as it is.
 */
export const EARLIER_FORMS: Readonly<Partial<Record<string, Reading>>> = {
  'reward.granted': granted,
  'reward.available': withAmount,
  'reward.reversed': reversed,
  'season.prize_awarded': prize,
  'points.earned': withAmount,
  'points.taken': withAmount,
  'level.reached': level,
  'level.fell': level,
  'milestone.reached': milestone,
  'milestone.reversed': milestone,
  'budget.warned': budget,
  'budget.exhausted': budget,
};
