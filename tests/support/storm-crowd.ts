import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect } from 'vitest';
import { errorCodeOf } from '../../api/client.ts';
import type { PolicyInput } from '../../api/policies/schema.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { createDatabase } from '../../prisma/client.ts';
import { seedRichMember } from './catalogue.ts';
import { seedBoard, seedSeason } from './leaderboards.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { createCaller } from './storm-client.ts';
import { killOften } from './storm-load.ts';
import { laterPolicy, membersPolicy, rowsOf, twice } from './storm-members.ts';
import { createProgram, type Referrer, type StormProgram } from './storm-program.ts';
import { seeded } from './storm-random.ts';
import { type Storm, startStorm } from './storm-stack.ts';

export const CLAIMANTS = 50;
export const ANSWERS = 8;
const TASK_QUEUE = 'referral-engine';
const PRIZES: readonly Prize[] = [
  { from_rank: 1, to_rank: 1, kind: 'credit', label: null, amount: { minor: '400', unit: 'USD' } },
  { from_rank: 2, to_rank: 2, kind: 'badge', label: 'Runner-up', amount: null },
];

export const SEED = 20_260_403;
export const SCARCE = 7;
export const PATIENCE_MS = 60_000;

/** A program of referrers, claimants, boards and scarce items in a storm, and what all of them do at once. */
export function useCrowd() {
  let storm: Storm;
  let mail: MailServer;
  let program: StormProgram;
  let referrers: readonly Referrer[];
  let claimants: readonly string[];
  let boards: Readonly<Record<'season' | 'referrals' | 'points', string>>;
  let items: Readonly<Record<'coupon' | 'mug', string>>;

  beforeAll(async () => {
    mail = await startMailServer();
    storm = await startStorm({
      settings: { SMTP_URL: mail.url, MAIL_FROM: 'rewards@example.com' },
    });
    program = await createProgram(storm, membersPolicy());
    referrers = await Promise.all(['ann', 'ben', 'cid'].map(newReferrer));
    items = { coupon: await newItem('coupon'), mug: await newItem('item', SCARCE) };
    const codes = Array.from({ length: SCARCE }, (_, nth) => `SECRET-${nth}`);
    await program.call((client) => client.catalogue.addCoupons.mutate({ id: items.coupon, codes }));
    const db = createDatabase({ url: storm.databaseUrl, poolMax: 4 });
    boards = {
      season: await seedBoard(db, program.id, 'season'),
      referrals: await seedBoard(db, program.id, 'all_time'),
      points: await seedBoard(db, program.id, 'all_time', 'points'),
    };
    const hour = (from_now: number) => new Date(Date.now() + from_now * 3_600_000);
    await seedSeason(db, program.id, boards.season, { startsAt: hour(-1), endsAt: hour(1), prizes: PRIZES });
    const names = Array.from({ length: CLAIMANTS }, (_, nth) => `claimant-${nth}`);
    claimants = await Promise.all(names.map((name) => seedRichMember(db, program.id, name, 200n)));
    await db.$disconnect();
  }, 120_000);
  afterAll(async () => {
    await storm?.close();
    await mail?.close();
  });

  async function newReferrer(externalId: string): Promise<Referrer> {
    const email = `${externalId}@example.com`;
    const member = await program.call((client) => client.members.upsert.mutate({ externalId, email }));
    return { id: member.id, externalId, code: member.referralCode };
  }

  async function newItem(kind: 'coupon' | 'item', stock?: number): Promise<string> {
    const price = { minor: '100', unit: 'USD' };
    const input = { kind, name: kind, price, ...(stock === undefined ? {} : { stock }) };
    return (await program.call((client) => client.catalogue.create.mutate(input))).id;
  }

  /** Requests an item, twice at once under one key. Every answer is yes, or that there is no more. */
  async function claim(memberId: string, itemId: string): Promise<void> {
    const context = { idempotencyKey: `claim ${memberId} ${itemId}` };
    const once = () =>
      program
        .call((client) => client.redemptions.request.mutate({ memberId, itemId }, { context }))
        .catch((error: unknown) => expect(errorCodeOf(error)).toBe('out_of_stock'));
    await twice(once);
  }

  /** Every answer is another, and each is sent twice at once under its key. */
  async function answer(memberId: string): Promise<void> {
    const { items: found } = await program.call((client) => client.surveys.list.query({ memberId }));
    const id = found[0]?.id ?? '';
    const scores = Array.from({ length: ANSWERS }, (_, score) => score);
    await Promise.all(
      scores.map((nps) => {
        const context = { idempotencyKey: `answer ${id} ${nps}` };
        const input = { id, memberId, answers: { nps } };
        return twice(() => program.call((client) => client.surveys.answer.mutate(input, { context })));
      }),
    );
  }

  /** The season is over now, and a milestone is published that is behind everybody. */
  async function turnThePage(): Promise<void> {
    await rowsOf(
      storm,
      program.id,
      `UPDATE board_windows SET ends_at = now(), closes_at = now()
       WHERE program_id = $1 AND key LIKE 'season:%'`,
    );
    const policy = policyToJson(laterPolicy()) as unknown as PolicyInput;
    await program.call((client) => client.policies.publish.mutate({ policy }));
  }

  /** Runs the schedules' workflows under names of their own, so that they overtake each other and those. */
  async function runBeside(names: readonly string[], suffix: string) {
    const connection = await Connection.connect({ address: storm.temporalAddress });
    const client = new Client({ connection });
    const handles = await Promise.all(
      names.map((type) =>
        client.workflow.start(type, { workflowId: `${type}-${suffix}`, taskQueue: TASK_QUEUE }),
      ),
    );
    const finished = async () => {
      await Promise.all(handles.map((handle) => handle.result()));
      await connection.close();
    };
    return { finished, leave: () => connection.close() };
  }

  /** Closes the season and sweeps the milestones, each by its schedule twice and beside it. */
  async function runSchedules(): Promise<void> {
    const platform = createCaller(storm, storm.platformKey);
    const beside = await runBeside(['leaderboards', 'milestones', 'surveys'], 'beside');
    for (const id of ['leaderboards', 'milestones', 'leaderboards', 'milestones']) {
      await platform.call((client) => client.schedules.run.mutate({ id }));
    }
    await beside.leave();
  }

  async function killEverything(): Promise<void> {
    const [worker] = storm.workers;
    if (worker === undefined) throw new Error('there is no worker');
    await killOften(worker, 1, 1_000, seeded(SEED + 1));
    await storm.postgres.end('SIGINT');
    await storm.postgres.start();
    await killOften(worker, 1, 1_000, seeded(SEED + 2));
  }

  return {
    newReferrer,
    newItem,
    claim,
    answer,
    turnThePage,
    runBeside,
    runSchedules,
    killEverything,
    get storm() {
      return storm;
    },
    get mail() {
      return mail;
    },
    get program() {
      return program;
    },
    get referrers() {
      return referrers;
    },
    get claimants() {
      return claimants;
    },
    get boards() {
      return boards;
    },
    get items() {
      return items;
    },
  };
}
