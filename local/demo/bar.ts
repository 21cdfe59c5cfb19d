import { number } from './text.ts';

const WIDTH = 28;
/** Between two lines where there is no terminal to draw a bar on. */
const LINE_EVERY_MS = 10_000;
const DRAW_EVERY_MS = 100;

export interface Bar {
  /** How many of all are done. */
  to(done: number): void;
  /** Ends the bar with a line that stays; `note` is added to it. */
  end(note?: string): void;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/**
 * `label ███░░░ 1,200 / 9,500 · 41/s · 3:20 left`. Rate and rest count this run alone, because it may
 * continue an earlier one.
 */
export function barLine(
  label: string,
  done: number,
  total: number,
  fresh: number,
  elapsed_s: number,
): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * WIDTH);
  const rate = elapsed_s > 0 ? fresh / elapsed_s : 0;
  const left = rate > 0 && done < total ? ` · ${clock((total - done) / rate)} left` : '';
  const speed = rate > 0 ? ` · ${rate.toFixed(rate < 10 ? 1 : 0)}/s` : '';
  return (
    `${label.padEnd(17)} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${number(done)} / ` +
    `${number(total)}${speed}${left}`
  );
}

/** A progress bar that redraws itself on a terminal, and elsewhere prints a plain line now and then. */
export function startBar(label: string, total: number, out: NodeJS.WriteStream = process.stdout): Bar {
  const begun_ms = performance.now();
  let first: number | null = null;
  let last = 0;
  let shown_ms = begun_ms;
  const line = (): string =>
    barLine(label, last, total, last - (first ?? 0), (performance.now() - begun_ms) / 1000);
  return {
    to(done) {
      first ??= done;
      last = Math.max(last, done);
      const wait_ms = out.isTTY ? DRAW_EVERY_MS : LINE_EVERY_MS;
      if (performance.now() - shown_ms < wait_ms) return;
      shown_ms = performance.now();
      if (out.isTTY) out.write(`\r\u001b[2K  ${line().slice(0, Math.max(20, (out.columns || 100) - 3))}`);
      else out.write(`  … ${label}: ${number(last)} of ${number(total)}\n`);
    },
    end(note = '') {
      const seconds = (performance.now() - begun_ms) / 1000;
      if (out.isTTY) out.write('\r\u001b[2K');
      out.write(
        `  ✓ ${label}: ${number(total)}${note === '' ? '' : `, ${note}`} (${seconds.toFixed(1)} s)\n`,
      );
    },
  };
}
