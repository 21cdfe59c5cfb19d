import { readFileSync } from 'node:fs';

/** Clock ticks a second that Linux reports CPU times in. */
const TICKS_PER_S = 100;

/** CPU time that a process has used, user and system, in milliseconds; 0 where there is no /proc. */
export function cpuOf_ms(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_S;
  } catch {
    return 0;
  }
}
