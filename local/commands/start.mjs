// `npm start`: makes the clone ready, then runs the stack in this same process.
import { parseArgs } from 'node:util';
import { bootstrapOrExit } from '../bootstrap.mjs';
import { HELP } from '../help.mjs';

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
} catch (error) {
  console.error(`${error.message}\nnpm start -- --help explains the options.`);
  process.exit(2);
}
await bootstrapOrExit();
process.setSourceMapsEnabled(true);
await import('../../dist/services/stack.js');
