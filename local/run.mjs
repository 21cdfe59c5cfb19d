// Makes the clone ready, then runs one of its programs: commands/run.mjs says how.
import './require-node.mjs';

await import('./commands/run.mjs');
