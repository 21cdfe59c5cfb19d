// Writes dist/services/api.js, worker.js and stack.js, which `npm start` runs: each process with its packages
// in a few files, as Node takes seconds to find and link three thousand modules. See
// docs/adr/0043-bundled-services.md.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'rolldown';
import { at } from './clone-files.mjs';

const folder = at('dist', 'services');

/** Packages that look for files of their own beside them, and those that share state with such a one. */
const BY_NODE = [/^@temporalio\//, /^@scalar\//];

const { output } = await build({
  cwd: at(),
  input: { api: 'api/main.ts', worker: 'worker/main.ts', stack: 'local/main.ts' },
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  external: BY_NODE,
  output: {
    dir: folder,
    format: 'esm',
    // All in one folder: code finds the files of the build by where it lies itself.
    chunkFileNames: '[name]-[hash].js',
    // Stacks name our files and lines. The sources are not needed for it, and Node reads the map at a start.
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});

// Only now: a process may start, or load a part of it, while this is written.
const written = new Set(output.map(({ fileName }) => fileName));
for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(path.join(folder, name));
