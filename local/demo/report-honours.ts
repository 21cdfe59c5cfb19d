import type { Honours } from './honours.ts';
import { heading, number } from './text.ts';

interface HonoursFacts {
  readonly honours: Honours;
}

const BADGES_SHOWN = 5;

/** The best of all time, and the final standings of today's season. */
export function boards({ honours: { top, season } }: HonoursFacts): string[] {
  const line = ({ rank, name, score }: Honours['top'][number], won: string | null): string =>
    (
      `  ${String(rank).padStart(2)}. ${(name ?? '(hidden)').padEnd(14)} ` +
      `${score.padStart(7)}   ${won ?? ''}`
    ).trimEnd();
  const standings =
    season === null
      ? ['  Today’s season is still to be closed: the schedule does it.']
      : ['      today’s season friends   won', ...season.map((row) => line(row, row.won))];
  return [
    ...heading('Leaderboards'),
    '      of all time    friends',
    ...top.map((row) => line(row, null)),
    ...standings,
  ];
}

/** How many badges there are of each kind, and the addresses of the rarest. */
export function badges({ honours: { badges: all } }: HonoursFacts): string[] {
  const kinds = [...new Set(all.map(({ label }) => label))];
  const counts = kinds.map((kind) => `${number(all.filter(({ label }) => label === kind).length)} ${kind}`);
  const rare = [...all].sort((a, b) => countOf(all, a.label) - countOf(all, b.label)).slice(0, BADGES_SHOWN);
  return [
    ...heading('Badges, signed as Open Badges 3.0; anybody may check them at these addresses'),
    `  ${counts.join(', ') || 'none yet'}`,
    ...rare.map(({ label, holder, shareUrl }) => `  ${label.padEnd(16)} ${holder.padEnd(14)} ${shareUrl}`),
  ];
}

const countOf = (all: Honours['badges'], label: string): number =>
  all.filter((badge) => badge.label === label).length;
