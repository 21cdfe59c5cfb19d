import type { UserMail } from './mail.ts';

/** What an e-mail about an account says. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
}

const NOT_YOU = 'If that was not you, do nothing: nothing changes without this link.';

/** The words of an e-mail. `host` is where the account is, so that nobody takes it for another's. */
export function textOf(mail: UserMail, host: string): MailText {
  switch (mail.kind) {
    case 'sign_in':
      return {
        subject: `Your link to sign in to ${host}`,
        text: `This link signs you in to ${host}, once and within ten minutes:\n\n${mail.url}\n\n${NOT_YOU}`,
      };
    case 'verify_email':
      return {
        subject: `Confirm your address for ${host}`,
        text: `Show us within an hour that the address is yours:\n\n${mail.url}\n\n${NOT_YOU}`,
      };
    case 'reset_password':
      return {
        subject: `A new password for ${host}`,
        text: `Choose a new password within an hour:\n\n${mail.url}\n\n${NOT_YOU}`,
      };
    case 'confirm_email_change':
      return {
        subject: `Your address at ${host} is to change`,
        text:
          `Your account is to use ${mail.newEmail} from now on. Open this link within an hour if that is ` +
          `what you want; the new address gets a link of its own then:\n\n${mail.url}\n\n${NOT_YOU}`,
      };
    case 'delete_account':
      return {
        subject: `Your account at ${host} is to be deleted`,
        text: `Delete your account within an hour, signed in:\n\n${mail.url}\n\n${NOT_YOU}`,
      };
    case 'already_registered':
      return {
        subject: `You have an account at ${host}`,
        text:
          'Somebody tried to register with your address, which has an account already. Sign in there, with ' +
          `a new password if you have forgotten yours:\n\n${mail.url}\n\nIf that was not you, do nothing.`,
      };
    case 'second_factor_kept':
      return {
        subject: `Sign in to ${host} with your password`,
        text:
          'Somebody asked for a link that signs you in. Your account has a second factor, so there is no ' +
          `such link: sign in with your password and a code, or with a passkey.\n\n${mail.url}`,
      };
    case 'invitation':
      return {
        subject: `You are invited to ${mail.program}`,
        text:
          `You are to be ${mail.role} of ${mail.program} at ${host}. Open this link within ${mail.days} ` +
          `days:\n\n${mail.url}\n\nIt is for your address alone, and good once.`,
      };
  }
}
