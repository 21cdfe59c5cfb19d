/** Who e-mails are from. */
export interface MailFrom {
  readonly address: string;
  /** Null: the program's name. */
  readonly name: string | null;
}

const SENDER = /^(?:"?([^"<>@]*?)"?\s*<([^<>@\s]+@[^<>@\s]+)>|([^<>@\s]+@[^<>@\s]+))$/;

/** `Name <address>` or an address alone; null when it is neither. */
export function parseSender(text: string): MailFrom | null {
  const [, name, inBrackets, alone] = SENDER.exec(text.trim()) ?? [];
  const address = inBrackets ?? alone;
  if (address === undefined) return null;
  return { address, name: name === undefined || name === '' ? null : name };
}

/** The domain that Message-IDs are made in. */
export const domainOf = ({ address }: MailFrom): string => address.slice(address.lastIndexOf('@') + 1);
