import { expect, it } from 'vitest';
import { useNoticeApi } from './notices-harness.ts';
import { useRest } from './rest-harness.ts';

const on = useNoticeApi();
const rest = useRest(on.api);

it('an inbox over REST shows all notices, or with `unread=true` only those', async () => {
  const [first, second] = await on.tell(2);
  const inbox = `/members/${on.memberId}/notices`;
  const marked = await rest.call(
    'POST',
    `${inbox}/read`,
    { noticeIds: [first] },
    { 'idempotency-key': 'read-1' },
  );
  expect(marked.body).toEqual({ read: 1, unread: 1 });
  const ids = async (query: string) =>
    (await rest.call('GET', inbox + query)).body.items.map(({ id }: { id: string }) => id);
  expect(await ids('?unread=true')).toEqual([second]);
  expect(await ids('?unread=false')).toEqual([second, first]);
  expect(await ids('')).toEqual([second, first]);
  expect((await rest.call('GET', `${inbox}?unread=1`)).body).toMatchObject({
    status: 400,
    code: 'input_invalid',
  });
});

it('a preference over REST is put, and needs no idempotency key', async () => {
  const preferences = `/members/${on.memberId}/notice-preferences`;
  const put = await rest.call('PUT', preferences, { category: 'engagement', email: false });
  expect(put.body.items).toContainEqual({ category: 'engagement', email: false });
  expect((await rest.call('GET', preferences)).body).toEqual(put.body);
});

it('an e-mail’s delivery over REST shows the state asked for', async () => {
  await on.withEmail(null);
  const [noticeId] = await on.tell();
  await on.sendDue();
  const { body } = await rest.call('GET', '/notices/deliveries?state=suppressed&limit=1');
  expect(body.items).toMatchObject([{ noticeId, state: 'suppressed', reason: 'no_address' }]);
});
