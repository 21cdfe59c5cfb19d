import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { NOW_MS, useMailSender } from '../../tests/support/mail-sender.ts';
import { sendNext } from './sender.ts';

const mail = useMailSender();
const { FROM, options, smtp, world } = mail;

/** A mailer whose process ends at a point: it never comes back. */
const killedAt = (point: 'claimed' | 'begun'): Mailer => ({
  from: FROM,
  send: async (_email, begin) => {
    if (point === 'begun') await begin();
    throw new Error('killed');
  },
});

describe('killed right here, and run again', () => {
  it('after the claim, before any hand-over: the lease ends, and the e-mail is sent once', async () => {
    const { only } = await world();
    await expect(sendNext(options(NOW_MS, killedAt('claimed')))).rejects.toThrow('killed');
    expect((await only()).state).toBe('sending');
    expect(await sendNext(options(NOW_MS + 4 * MINUTE_MS))).toBeGreaterThan(0);
    await sendNext(options(NOW_MS + 5 * MINUTE_MS));
    expect(await only()).toMatchObject({ state: 'sent', attempts: 2 });
    expect(mail.server.messages).toHaveLength(1);
  });

  it('after the hand-over began: in doubt, whether the server has it or not, not sent again', async () => {
    const { only } = await world();
    await expect(sendNext(options(NOW_MS, killedAt('begun')))).rejects.toThrow('killed');
    await sendNext(options(NOW_MS + 5 * MINUTE_MS));
    expect(await only()).toMatchObject({ state: 'in_doubt', reason: 'no_answer' });
    await sendNext(options(NOW_MS + DAY_MS));
    expect(mail.server.messages).toHaveLength(0);
  });

  it('a sender that was frozen past its lease hands nothing over, as another has the e-mail', async () => {
    const { only } = await world();
    let thaw: () => void = () => undefined;
    const thawed = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    const real = smtp();
    const frozen: Mailer = {
      from: FROM,
      send: (email, begin) =>
        real.send(email, async () => {
          await thawed;
          return await begin();
        }),
    };
    const stuck = sendNext(options(NOW_MS, frozen));
    await expect.poll(() => mail.server.recipients).toBe(1);
    await sendNext(options(NOW_MS + 5 * MINUTE_MS));
    thaw();
    await stuck;
    expect(await only()).toMatchObject({ state: 'sent', attempts: 2, reason: null });
    expect(mail.server.messages).toHaveLength(1);
  });

  it('an answer that comes after the e-mail was taken to be in doubt still settles it', async () => {
    const { only } = await world();
    mail.server.mood.onMessage = async () => {
      await sendNext(options(NOW_MS + 5 * MINUTE_MS));
      expect((await only()).state).toBe('in_doubt');
    };
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({ state: 'sent', reason: null });
    expect(mail.server.messages).toHaveLength(1);
  });
});
