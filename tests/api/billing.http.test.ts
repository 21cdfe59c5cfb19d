import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';

const api = useApi();

const SECRET = `whsec_${Buffer.from('a secret of 24 bytes, no').toString('base64')}`;
const MAPPING = {
  when: 'body.kind != "ping"',
  type: 'body.kind == "back" ? "refund" : "purchase"',
  key: 'body.kind + ":" + string(body.number)',
  subject: 'body.buyer.id',
  value_minor: 'int(body.total * 100.0)',
  unit: 'body.currency.upperAscii()',
};

async function shopWith(mapping: object = MAPPING) {
  const { programId, key } = await api.program();
  const set = await api.mutate('billing.setHttp', { mapping, signingSecrets: [SECRET] }, { key });
  if (set.status !== 200) throw new Error(`no source: ${set.text}`);
  const send = async (
    message: object | string,
    {
      id = 'msg_1',
      at_ms = Date.now(),
      secret = SECRET,
    }: { id?: string; at_ms?: number; secret?: string } = {},
  ) => {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const answer = await api.send(`/in/http/${programId}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at_ms / 1_000)),
        'webhook-signature': `v1,AAAA ${new Webhook(secret).sign(id, new Date(at_ms), body)}`,
      },
      body,
    });
    return { status: answer.status, body: JSON.parse(answer.text) };
  };
  return { programId, key, send };
}

const sale = { kind: 'sale', number: 7, buyer: { id: 'bob' }, total: 49.5, currency: 'eur' };

describe('a signed message of any system', () => {
  it('becomes the event that the mapping makes of it, once', async () => {
    const shop = await shopWith();
    expect((await shop.send(sale)).body).toEqual({
      received: true,
      result: 'recorded',
      reason: null,
      events: ['sale:7'],
    });
    expect((await shop.send(sale, { id: 'msg_2' })).body).toMatchObject({ reason: 'already_recorded' });
    const events = await api.db.event.findMany({ where: { programId: shop.programId } });
    expect(events).toMatchObject([{ type: 'purchase', subject: 'bob', valueMinor: 4_950n, unit: 'EUR' }]);
  });

  it('of another sale under the key is refused, and so is one that makes no event', async () => {
    const shop = await shopWith();
    await shop.send(sale);
    const before = await api.counts();
    expect(await shop.send({ ...sale, total: 50 }, { id: 'msg_2' })).toMatchObject({
      status: 422,
      body: { code: 'key_reused' },
    });
    expect(await shop.send({ ...sale, buyer: {} })).toMatchObject({
      status: 422,
      body: { code: 'mapping_failed', issues: [{ path: 'subject' }] },
    });
    // A refund names the event that it takes back.
    expect(await shop.send({ ...sale, kind: 'back' })).toMatchObject({
      status: 400,
      body: { code: 'input_invalid', issues: [{ path: 'refundOf' }] },
    });
    expect(await api.counts()).toEqual(before);
  });

  it('that the mapping leaves out is received, and changes nothing else', async () => {
    const shop = await shopWith();
    expect((await shop.send({ kind: 'ping' })).body).toMatchObject({ result: 'ignored', reason: 'left_out' });
  });

  it('with a wrong signature, or of more than five minutes ago, is refused', async () => {
    const shop = await shopWith();
    const other = `whsec_${Buffer.from('another one of 24 bytes.').toString('base64')}`;
    const late = { at_ms: Date.now() - 301_000 };
    expect(await shop.send(sale, { secret: other })).toMatchObject({ body: { code: 'signature_invalid' } });
    expect(await shop.send(sale, { secret: other, ...late })).toMatchObject({ status: 401 });
    expect(await shop.send(sale, late)).toMatchObject({ status: 400, body: { code: 'event_too_old' } });
    expect(await shop.send('{"kind":')).toMatchObject({ status: 400, body: { code: 'json_invalid' } });
    const bare = await api.send(`/in/http/${shop.programId}`, { method: 'POST', body: '{}' });
    expect(bare.status).toBe(401);
  });
});

describe('the mapping', () => {
  it.each([
    ['that does not parse', { key: 'body.' }, 'mapping.key'],
    ['that calls what costs without bounds', { subject: 'body.id.matches("a+")' }, 'mapping.subject'],
    ['that names what is not there', { type: 'event.type' }, 'mapping.type'],
  ])('%s is refused, by its field', async (_what, change, path) => {
    const { key } = await api.program();
    const input = { mapping: { ...MAPPING, ...change }, signingSecrets: [SECRET] };
    const answer = await api.mutate('billing.setHttp', input, { key });
    expect(answer.code).toBe('condition_invalid');
    expect(answer.text).toContain(`"path":"${path}"`);
  });

  it('is shown as it was set, and the secret is not', async () => {
    const { key } = await shopWith({ ...MAPPING, properties: { plan: 'body.plan' } });
    const shown = await api.query('billing.getHttp', undefined, { key });
    expect(shown.data.mapping).toEqual({ ...MAPPING, properties: { plan: 'body.plan' } });
    expect(shown.text).not.toContain('whsec_');
    const weak = { mapping: MAPPING, signingSecrets: ['whsec_c2hvcnQ='] };
    expect((await api.mutate('billing.setHttp', weak, { key })).code).toBe('input_invalid');
  });
});
