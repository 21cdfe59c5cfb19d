import { PROGRAM_STATUSES } from '../programs/program.ts';
import {
  idField,
  momentField,
  moneyField,
  nullableField,
  oneOfField,
  percentField,
  textField,
} from './field.ts';
import { message } from './rule.ts';

const program = (says: string) =>
  message(['program'], says, {
    programId: idField,
    status: oneOfField(...PROGRAM_STATUSES),
    at: momentField,
    by: nullableField(textField),
  });
/** `percent` is how much of the cap is granted. */
const BUDGET = { cap: moneyField, spent: moneyField, percent: percentField };

export const PROGRAM_MESSAGES = {
  'program.started': program('A program went live.'),
  'program.paused': program('A program was paused.'),
  'program.resumed': program('A paused program went on.'),
  'program.ended': program('A program ended.'),
  'budget.warned': message(['budget'], 'Four fifths of a unit’s budget are granted.', BUDGET),
  'budget.exhausted': message(['budget'], 'A unit’s budget has no room left.', BUDGET),
};
