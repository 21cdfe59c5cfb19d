// Ends the process with one sentence where Node is older than package.json asks for. An old Node refuses a
// file with syntax, or an import of a name, that it does not know, before it runs any of it. So this file and
// the entries use only what Node 14.18 has, and an entry imports all else after this.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const wanted = engines.node.replace('>=', '');
const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(
    `\n✗ Node ${process.versions.node} is too old: install Node ${wanted} or newer (https://nodejs.org).`,
  );
  process.exit(1);
}
