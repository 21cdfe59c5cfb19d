import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { anotherApi, clickAt, filesIn, until, useOutages } from './redirect-harness.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'referral-journal-'));
const journal = path.join(dataDir, 'clicks');

const api = useApi({ dataDir });
const { takeDown, bringBack } = useOutages(api);

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const click = (code: string) => clickAt(api.url, code);
const isEmpty = async () => filesIn(journal).length === 0;
const readiness = async () => {
  const { status, text } = await api.send('/readyz', {});
  return { status, ...JSON.parse(text) };
};

it('clicks during an outage are redirected, and are in the database afterwards, once', async () => {
  const { referralCode: known } = await api.member();
  const { referralCode: unseen } = await api.member();
  await click(known);
  await takeDown();
  // Past the link cache's time, so that a stale link has to serve.
  api.advance(6_000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => click(known)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(302));
  const ids = answers.map(({ clickId }) => clickId);
  expect(filesIn(journal)).not.toEqual([]);
  expect((await click(unseen)).status).toBe(503);
  expect((await api.send('/healthz', {})).status).toBe(200);
  expect((await api.send('/readyz', {})).status).toBe(503);
  const event = await api.mutate('events.record', { key: 'k', type: 'purchase', subject: 's' });
  expect([event.status, event.headers.get('retry-after')]).toEqual([503, '1']);
  expect(event.code).toBe('database_unavailable');
  await bringBack();
  await until(async () => (await api.db.touch.count({ where: { id: { in: ids } } })) === 20);
  await until(isEmpty);
  // The journal's file goes just before its clicks are counted.
  await until(async () => (await api.clicks('replayed')) === 20);
  expect(await api.clicks('dropped')).toBe(0);
}, 30_000);

it('what keeps the journal from its work shows in health and metrics, until it is mended', async () => {
  expect(await readiness()).toEqual({ status: 'ready' });
  const { referralCode } = await api.member();
  const { clickId } = await click(referralCode);
  const row = {
    program_id: api.programId,
    id: clickId.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    link_id: 'no id of a link',
    visitor_id: clickId,
    occurred_at: new Date().toISOString(),
    is_new: true,
  };
  await until(async () => (await api.db.touch.count({ where: { id: clickId } })) === 1);
  const good = (await api.db.touch.findFirstOrThrow({ where: { id: clickId } })).linkId;
  const lines = [row, { ...row, link_id: good }].map((each) => JSON.stringify(each));
  writeFileSync(path.join(journal, '1.ndjson'), `${lines.join('\n')}\n`);
  writeFileSync(path.join(journal, '2.ndjson'), 'nonsense\n');
  await until(async () => filesIn(journal).join() === '1.refused,2.unreadable');
  expect(await api.db.touch.count({ where: { id: row.id } })).toBe(1);
  await until(async () => 'clickJournal' in (await readiness()));
  expect(await readiness()).toMatchObject({ status: 'ready', clickJournal: ['unreadable', 'refused'] });
  const metrics = async () => (await api.metrics()).split('\n');
  expect(await metrics()).toEqual(
    expect.arrayContaining([
      'referral_click_journal_files{state="refused"} 1',
      'referral_click_journal_files{state="unreadable"} 1',
      'referral_click_journal_trouble{trouble="refused"} 1',
      'referral_click_journal_trouble{trouble="stopped"} 0',
    ]),
  );
  rmSync(journal, { recursive: true });
  writeFileSync(journal, 'no folder');
  await until(async () => (await readiness()).clickJournal.includes('folder'));
  expect(await metrics()).toContain('referral_click_journal_trouble{trouble="folder"} 1');
  rmSync(journal);
  await until(async () => !('clickJournal' in (await readiness())));
  expect(readdirSync(journal)).toEqual([]);
}, 60_000);

it('clicks on disk from a process that is gone are in the database after the next start', async () => {
  const { referralCode } = await api.member();
  await click(referralCode);
  // Just after an outage clicks still go to the journal for a moment. This one has to reach the database
  // before the next outage.
  await until(isEmpty);
  await takeDown();
  const { clickId: id } = await click(`${referralCode}?utm_source=mail`);
  await api.app.close();
  const [file = ''] = filesIn(journal);
  expect(filesIn(journal)).toEqual([file]);
  // As an earlier version wrote it, which kept no source.
  const { source, ...row } = JSON.parse(readFileSync(path.join(journal, file), 'utf8'));
  expect(source).toBe('mail');
  writeFileSync(path.join(journal, file), `${JSON.stringify(row)}\n`);
  await bringBack();
  const next = await anotherApi(api, dataDir);
  await until(async () => (await api.db.touch.count({ where: { id } })) === 1);
  await until(isEmpty);
  await next.close();
}, 30_000);
