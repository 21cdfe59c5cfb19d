import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Beside the compiled code, so that source and bundle cannot be of different builds. */
export const BUNDLE_PATH = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** Bundles the workflows that lie beside this file, compiled or not. Returns the code. */
export async function bundleWorkflows(): Promise<string> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workflowsPath = fileURLToPath(new URL(`../workflows/index.${extension}`, import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    // Evaluates the modules once for all workflows of a worker and freezes them, instead of anew for each.
    // None of them keeps state.
    preloadModules: [workflowsPath],
    logger: new DefaultLogger('WARN'),
  });
  return code;
}

/** Writes the bundle that workers load. */
export async function writeBundle(): Promise<void> {
  await writeFile(BUNDLE_PATH, await bundleWorkflows());
}
