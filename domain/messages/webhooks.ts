import { idField, momentField, textField } from './field.ts';
import { message } from './rule.ts';

export const WEBHOOK_MESSAGES = {
  'webhook.ping': message(['endpoint'], 'An operator tries an endpoint; no other is told.', {
    endpointId: idField,
    by: textField,
  }),
  'webhook.disabled': message(
    ['endpoint'],
    'An endpoint is told nothing more: it answered 410, or nothing was taken there for days.',
    { endpointId: idField, reason: textField, at: momentField },
  ),
};
