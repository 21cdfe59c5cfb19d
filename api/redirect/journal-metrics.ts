import { Gauge, type Registry } from 'prom-client';
import { JOURNAL_TROUBLES, type Journal } from './journal.ts';

/** Registers what the click journal holds and what is wrong with it, as the last look at it found. */
export function registerJournalMetrics(registry: Registry, journal: Journal): void {
  const registers = [registry];
  new Gauge({
    name: 'referral_click_journal_files',
    help: 'Files of the click journal: waiting to be stored, or set aside as refused or unreadable.',
    labelNames: ['state'],
    registers,
    collect() {
      const { waiting, refused, unreadable } = journal.status();
      this.set({ state: 'waiting' }, waiting);
      this.set({ state: 'refused' }, refused);
      this.set({ state: 'unreadable' }, unreadable);
    },
  });
  new Gauge({
    name: 'referral_click_journal_oldest_seconds',
    help: 'For how long the oldest file of the click journal has waited to be stored; 0: none waits.',
    registers,
    collect() {
      const { oldest_at_ms } = journal.status();
      this.set(oldest_at_ms === null ? 0 : Math.max(0, Date.now() - oldest_at_ms) / 1_000);
    },
  });
  new Gauge({
    name: 'referral_click_journal_trouble',
    help: 'Whether the click journal has this trouble: folder, unreadable, refused, stopped.',
    labelNames: ['trouble'],
    registers,
    collect() {
      const { troubles } = journal.status();
      for (const trouble of JOURNAL_TROUBLES) this.set({ trouble }, troubles.includes(trouble) ? 1 : 0);
    },
  });
}
