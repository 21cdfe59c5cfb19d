// `npm test`: everything that must hold, on a fresh clone too.
import './require-node.mjs';

await import('./commands/test.mjs');
