// `npm start`: makes the clone ready, then runs the stack in this same process.
import './require-node.mjs';

await import('./commands/start.mjs');
