// Ends what its parent started when the parent dies without doing so itself (SIGKILL, a crash). Reads lines
// "add <pid> <start time> <signal>" and "remove <pid>" from stdin; the end of stdin is the parent's death.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 10_000;
const children = new Map();

/**
 * Start time of a process in clock ticks since boot (field 22 of /proc/<pid>/stat), or '0' where there is no
 * /proc.
 */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '0';
  }
}

function signalIfSame(pid, child, signal) {
  if (startTime(pid) !== child.started) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, pid, started, signal] = line.split(' ');
  if (verb === 'add') children.set(Number(pid), { started, signal });
  else children.delete(Number(pid));
}
// Last started, first stopped: what depends on the others goes before them.
for (const [pid, child] of [...children].reverse()) {
  signalIfSame(pid, child, child.signal);
  const deadline = Date.now() + GRACE_MS;
  while (Date.now() < deadline && signalIfSame(pid, child, 0)) await sleep(50);
  signalIfSame(pid, child, 'SIGKILL');
}
