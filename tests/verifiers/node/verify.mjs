// Asks the verifier of the Digital Credentials Consortium about each badge of a file: proof, dates and status
// list. That it knows no registry with the issuer is no matter here.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { resolve } = createRequire(`${process.env.BUILT}/package.json`);
const { verifyCredential } = await import(pathToFileURL(resolve('@digitalcredentials/verifier-core')).href);

async function verdict({ name, credential }) {
  const { errors = [], log = [] } = await verifyCredential({ credential, knownDIDRegistries: [] });
  const steps = log.filter(({ id }) => id !== 'registered_issuer');
  const failed = steps.filter(({ valid }) => valid !== true);
  const reason = [...errors, ...failed].map((it) => JSON.stringify(it)).join('; ');
  return { name, accepted: errors.length === 0 && failed.length === 0 && steps.length > 0, reason };
}

const cases = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const verdicts = [];
for (const one of cases) verdicts.push(await verdict(one));
process.stdout.write(`${JSON.stringify(verdicts)}\n`);
