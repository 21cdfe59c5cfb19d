// Writes dist/capture/capture.js: one script without dependencies, in the syntax of 2017.
import path from 'node:path';
import { build } from 'rolldown';

const ROOT = path.resolve(import.meta.dirname, '..');

await build({
  input: path.join(ROOT, 'capture', 'main.ts'),
  transform: { target: 'es2017' },
  platform: 'browser',
  output: {
    file: path.join(ROOT, 'dist', 'capture', 'capture.js'),
    format: 'iife',
    minify: true,
    comments: false,
  },
});
