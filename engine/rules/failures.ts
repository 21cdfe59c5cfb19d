import type { RefusalCode } from '../../domain/refusal.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { beforeCommit } from '../transaction.ts';

/** The parts of a policy whose conditions are counted. */
export const CONDITION_PARTS = ['qualification', 'rules', 'points'] as const;

/** By which version of a policy an event was decided. */
export interface DecidedBy {
  readonly programId: string;
  readonly policyVersion: number;
  readonly eventId: string;
}

/** The answer of a rule, or of the condition for qualifying, which has no id. */
interface Answer {
  readonly ruleId?: string;
  readonly code?: RefusalCode;
}

/** A condition that could not be evaluated; field names are the columns of the table. */
interface Failure {
  readonly program_id: string;
  readonly policy_version: number;
  readonly part: string;
  readonly rule_id: string;
  last_event_id: string;
  failures: number;
}

const noted = new WeakMap<Tx, Map<string, Failure>>();

/**
 * Counts those of these answers that are `condition_invalid`, once the transaction is committed. Every event
 * that a broken rule fails for counts in the same row, so it is written last, and its lock lasts as short as
 * can be.
 */
export function noteFailures(
  tx: Tx,
  by: DecidedBy,
  part: (typeof CONDITION_PARTS)[number],
  answers: readonly Answer[],
): void {
  for (const { code, ruleId = '' } of answers) {
    if (code !== 'condition_invalid') continue;
    const failures = noted.get(tx) ?? begin(tx);
    const key = `${by.policyVersion} ${part} ${ruleId}`;
    const failure = failures.get(key) ?? {
      program_id: by.programId,
      policy_version: by.policyVersion,
      part,
      rule_id: ruleId,
      last_event_id: by.eventId,
      failures: 0,
    };
    failure.failures += 1;
    failure.last_event_id = by.eventId;
    failures.set(key, failure);
  }
}

function begin(tx: Tx): Map<string, Failure> {
  const failures = new Map<string, Failure>();
  noted.set(tx, failures);
  beforeCommit(tx, () => write(tx, [...failures.values()]));
  return failures;
}

/** In one order for all transactions, so that none waits for another that waits for it. */
async function write(tx: Tx, failures: readonly Failure[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO condition_failures (program_id, policy_version, part, rule_id, failures, last_event_id)
    SELECT program_id, policy_version, part, rule_id, failures, last_event_id
    FROM jsonb_to_recordset(${toJsonText(failures)}::jsonb) AS g(
      program_id uuid, policy_version int, part text, rule_id text, failures bigint, last_event_id uuid)
    ORDER BY program_id, policy_version, part, rule_id
    ON CONFLICT (program_id, policy_version, part, rule_id) DO UPDATE
    SET failures = condition_failures.failures + excluded.failures,
        last_event_id = excluded.last_event_id, last_at = now()`;
}
