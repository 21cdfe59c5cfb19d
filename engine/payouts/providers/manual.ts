import type { Provider } from './provider.ts';

/** A person pays outside of this engine and reports how it went, one by one or with a batch. */
export const manual: Provider = async () => ({ result: 'operator', reason: 'to be paid by hand' });
