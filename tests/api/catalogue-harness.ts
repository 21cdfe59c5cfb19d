import { beforeAll } from 'vitest';
import { useApi } from './harness.ts';

export const usd = (minor: string) => ({ minor, unit: 'USD' });
export const mug = (change: object = {}) => ({
  kind: 'item',
  name: 'A mug',
  price: usd('500'),
  stock: 3,
  ...change,
});

/** An API with one member, who asks for what the catalogue offers. */
export function useCatalogueApi() {
  let memberId: string;
  const api = useApi();

  beforeAll(async () => {
    memberId = (await api.member('ann')).id;
  });

  const create = async (input: object) => (await api.mutate('catalogue.create', input)).data;
  const ask = (change: object) => api.mutate('redemptions.request', { memberId, ...change });

  return {
    api,
    create,
    ask,
    get memberId() {
      return memberId;
    },
  };
}
