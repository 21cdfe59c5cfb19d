/**
 * Who would recommend: 9 and 10, 7 and 8, 0 to 6 (Reichheld, “The One Number You Need to Grow”, HBR, December
 * 2003).
 */
export type NpsGroup = 'promoter' | 'passive' | 'detractor';

export const NPS_MAX = 10;
export const PROMOTER_FROM = 9;
export const DETRACTOR_TO = 6;

/** The group of a score from 0 to 10. */
export function npsGroup(score: number): NpsGroup {
  if (score >= PROMOTER_FROM) return 'promoter';
  return score <= DETRACTOR_TO ? 'detractor' : 'passive';
}

/** How many answered in each group. */
export interface NpsCounts {
  readonly promoters: number;
  readonly passives: number;
  readonly detractors: number;
}

export interface Nps {
  /** Promoters less detractors, of 100: from −100 to 100. */
  readonly score: number;
  /** Bounds of the score’s 95 % confidence interval, within −100 and 100. */
  readonly low: number;
  readonly high: number;
}

/** The 97.5th percentile of the standard normal distribution. */
const Z = 1.959963984540054;

/** Answers that are added to each group before the interval is computed. */
const PSEUDO: NpsCounts = { promoters: 0.75, passives: 1.5, detractors: 0.75 };

/**
 * The Net Promoter Score with its 95 % interval; null without answers, as nothing is known then.
 *
 * Scores of +1, 0 and −1 have the mean p − d and the variance p + d − (p − d)². The interval is the adjusted
 * Wald interval: three pseudo-answers, ¾ + 1½ + ¾, are added, then mean ± z·√(variance / n). B. Rocks,
 * “Interval Estimation for the Net Promoter Score”, The American Statistician 70(4), 2016, 365–372, found its
 * coverage the best of six, for small samples too, where the plain interval is far too narrow: of five
 * promoters and nobody else it would say “100, exactly”.
 */
export function npsOf(counts: NpsCounts): Nps | null {
  const n = counts.promoters + counts.passives + counts.detractors;
  if (n === 0) return null;
  const adjusted_n = n + PSEUDO.promoters + PSEUDO.passives + PSEUDO.detractors;
  const p = (counts.promoters + PSEUDO.promoters) / adjusted_n;
  const d = (counts.detractors + PSEUDO.detractors) / adjusted_n;
  const centre = p - d;
  const margin = Z * Math.sqrt((p + d - centre ** 2) / adjusted_n);
  return {
    score: (100 * (counts.promoters - counts.detractors)) / n,
    low: Math.max(-100, 100 * (centre - margin)),
    high: Math.min(100, 100 * (centre + margin)),
  };
}

/** How many of those who were asked have answered, from 0 to 1; null when nobody was. */
export const responseRate = (asked: number, answered: number): number | null =>
  asked === 0 ? null : answered / asked;
