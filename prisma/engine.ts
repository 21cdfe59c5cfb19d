import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type * as Wasm from '@prisma/schema-engine-wasm/schema_engine_bg';
import { MigrationAdapterFactory } from './adapter.ts';
import { projectRoot } from './root.ts';

/** The runtime's WebAssembly, of which Node's types say nothing. */
declare const WebAssembly: {
  instantiate(
    binary: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/**
 * What the module offers beyond its type declarations: the hooks through which it is wired to its
 * WebAssembly.
 */
type WasmModule = typeof Wasm & { __wbg_set_wasm(exports: Record<string, unknown>): void };

let loading: Promise<WasmModule> | undefined;

/**
 * The engine's imports, with timers that do not keep the process alive: it leaves the one of its 10 s lock
 * timeout behind.
 */
function withIdleTimers(module: object): object {
  const imports = { ...module } as Record<string, unknown>;
  for (const name of Object.keys(imports).filter((key) => key.startsWith('__wbg_setTimeout_'))) {
    const original = imports[name] as (...args: unknown[]) => NodeJS.Timeout;
    imports[name] = (...args: unknown[]) => original(...args).unref();
  }
  return imports;
}

/**
 * Prisma's schema engine compiled to WebAssembly: the very code behind `prisma migrate`, without the native
 * binary that the CLI would have to download.
 */
function loadEngine(): Promise<WasmModule> {
  loading ??= (async () => {
    const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const module = (await import(pathToFileURL(glue).href)) as WasmModule;
    const binary = readFileSync(path.join(path.dirname(glue), 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(binary, {
      './schema_engine_bg.js': withIdleTimers(module),
    });
    module.__wbg_set_wasm(instance.exports);
    (instance.exports['__wbindgen_start'] as () => void)();
    return module;
  })();
  return loading;
}

/** The Prisma schema as the engine wants it: path and text. */
export function schemaFile(): { path: string; content: string } {
  const file = path.join(projectRoot(), 'prisma', 'schema.prisma');
  return { path: file, content: readFileSync(file, 'utf8') };
}

/**
 * Runs `work` with a schema engine on the database at `url`, and frees the engine afterwards.
 * Errors: whatever the engine reports, as an `Error` with its message.
 */
export async function withEngine<T>(
  url: string,
  work: (engine: Wasm.SchemaEngine) => Promise<T>,
): Promise<T> {
  const wasm = await loadEngine();
  const factory = new MigrationAdapterFactory(url);
  const { path: file, content } = schemaFile();
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(factory);
    const engine = await wasm.SchemaEngine.new({ datamodels: [[file, content]] }, () => undefined, adapter);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await factory.close();
  }
}
