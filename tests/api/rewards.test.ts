import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useSeededReferral } from './seed.ts';

const api = useApi();
const seeded = useSeededReferral(api);

describe('rewards, balances and explanations', () => {
  it('a reward is read with its amount and its dates', async () => {
    const reward = await api.client.rewards.get.query({ id: seeded.rewardId });
    expect(reward).toMatchObject({
      amount: { minor: '500', unit: 'USD' },
      status: 'held',
      ruleId: 'milestones',
      policyVersion: 1,
    });
    expect(
      (await api.client.rewards.list.query({ memberId: seeded.referrerId, status: 'held' })).items,
    ).toEqual([reward]);
  });

  it('why it was granted: rule, version, facts and checks, also in sentences', async () => {
    const why = await api.client.explain.reward.query({ id: seeded.rewardId });
    expect(why.rule).toMatchObject({ id: 'milestones', benefit: { kind: 'milestone_rate' } });
    expect(why.sentences).toEqual([
      'Rule “milestones” of policy version 1 granted $5.00 to the referrer on May 1, 2026.',
      'It looked at the 1st “purchase” of the referred member, worth $50.00, ' +
        'with 5 qualified referrals of the referrer.',
      'Check “amount”: passed ($5.00).',
      'It is on hold until May 31, 2026; a refund before then takes it back.',
    ]);
  });

  it('why an event earned what it did, and why a rule refused', async () => {
    const why = await api.client.explain.event.query({ key: 'qualifying' });
    expect(why.sentences).toContain('Rule “milestones” granted $5.00 to the referrer.');
    expect(why.sentences).toContain(
      'Rule “welcome” granted the referred member nothing (cap_reached): The cap of this rule is reached.',
    );
  });

  it('why a referral is where it is, with its events and rewards', async () => {
    const why = await api.client.explain.referral.query({ id: seeded.referralId });
    expect(why.sentences).toContain('It is qualified.');
    expect(why.rewards).toHaveLength(1);
    expect(why.events.map(({ key }) => key)).toEqual(['qualifying']);
  });

  it('the same in German, where the input or the header asks for it', async () => {
    const german = [
      'Regel „milestones“ aus Version 1 der Richtlinie hat der werbenden Person am 01.05.2026 ' +
        '5,00\u00a0$ gewährt.',
      'Geprüft wurde das 1. Ereignis „purchase“ der geworbenen Person im Wert von 50,00\u00a0$, bei 5 ' +
        'qualifizierten Empfehlungen der werbenden Person.',
      'Prüfung „Betrag“: bestanden (5,00\u00a0$).',
      'Bis zum 31.05.2026 gilt eine Wartezeit; eine Erstattung vorher nimmt die Prämie zurück.',
    ];
    const { sentences } = await api.client.explain.reward.query({ id: seeded.rewardId, language: 'de' });
    expect(sentences).toEqual(german);
    const headers = { 'accept-language': 'fr, de-CH;q=0.8' };
    const asked = await api.query('explain.reward', { id: seeded.rewardId }, { headers });
    expect(asked.data.sentences).toEqual(german);
    const event = await api.query('explain.event', { key: 'qualifying', language: 'de' });
    expect(event.data.sentences).toContain(
      'Die Regel „welcome“ hat der geworbenen Person nichts gewährt (cap_reached): Die Obergrenze der ' +
        'Regel ist erreicht.',
    );
    const referral = await api.query('explain.referral', { id: seeded.referralId, language: 'de' });
    expect(referral.data.sentences).toContain('Sie ist qualifiziert.');
    const french = await api.query('explain.event', { key: 'qualifying', language: 'fr' });
    expect(french.code).toBe('input_invalid');
  });

  it('of a referral in review, which signals speak against it, and not what they weigh', async () => {
    const where = { programId_id: { programId: api.programId, id: seeded.referralId } };
    const signal = (name: string, weight: number) => ({ name, weight, detail: 'As it was found.' });
    const held = [signal('same_ip', 40), signal('fact_missing', 5), signal('fact_missing', 5)];
    await api.db.referral.update({
      where,
      data: { verdict: 'review', signals: { score: 50, signals: held } },
    });
    const said = async (language: string) =>
      (await api.query('explain.referral', { id: seeded.referralId, language })).data.sentences.slice(2, 4);
    expect(await said('en')).toEqual([
      'The fraud rules said: review.',
      'What they held against it: the referrer’s earlier referrals came from the same network address and ' +
        'something that the rules ask about is not known.',
    ]);
    expect(await said('de')).toEqual([
      'Die Betrugsregeln sagten: prüfen.',
      'Dagegen sprach: frühere Empfehlungen der werbenden Person kamen von derselben Netzwerkadresse und ' +
        'etwas, wonach die Regeln fragen, ist nicht bekannt.',
    ]);
  });

  it('a member to whom nothing was posted has no balances', async () => {
    expect(await api.client.balances.get.query({ memberId: seeded.referrerId })).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});
