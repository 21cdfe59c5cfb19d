import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder of the project: the nearest one upwards that holds package.json, so that sources and the
 * compiled copy in `dist/` find the same migrations and data.
 */
export function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}
