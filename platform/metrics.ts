import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the process's own figures (memory, CPU, event loop); each service adds its own to it. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
