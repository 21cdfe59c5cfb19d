import { PROGRAM_STATUSES } from '../programs/program.ts';
import { id, moment, money, nullable, oneOf, percent, text } from './field.ts';
import { message } from './rule.ts';

const program = (says: string) =>
  message(['program'], says, {
    programId: id,
    status: oneOf(...PROGRAM_STATUSES),
    at: moment,
    by: nullable(text),
  });
/** `percent` is how much of the cap is granted. */
const BUDGET = { cap: money, spent: money, percent };

export const PROGRAM_MESSAGES = {
  'program.started': program('A program went live.'),
  'program.paused': program('A program was paused.'),
  'program.resumed': program('A paused program went on.'),
  'program.ended': program('A program ended.'),
  'budget.warned': message(['budget'], 'Four fifths of a unit’s budget are granted.', BUDGET),
  'budget.exhausted': message(['budget'], 'A unit’s budget has no room left.', BUDGET),
};
