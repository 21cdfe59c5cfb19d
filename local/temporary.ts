import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new temporary folder, which the user that PostgreSQL runs as may traverse. */
export function temporaryFolder(prefix: string, within: string = tmpdir()): string {
  const folder = mkdtempSync(path.join(within, prefix));
  chmodSync(folder, 0o755);
  return folder;
}
