import type { MailFrom } from '../../platform/sender.ts';
import type { OutgoingEmail } from './compose.ts';
import type { Sending } from './delivery.ts';

/** A way for e-mails to leave by. */
export interface Mailer {
  readonly from: MailFrom;
  /**
   * Hands one e-mail over. Asks `begin` when all but the message itself has been agreed with the other side,
   * and hands nothing over when it says no. Never throws: what went wrong is in the answer.
   */
  send(email: OutgoingEmail, begin: () => Promise<boolean>): Promise<Sending>;
}
