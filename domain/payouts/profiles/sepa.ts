import { decimalOf, type Money } from '../../money.ts';
import { ok, type Result, refuse } from '../../refusal.ts';
import { bicOf, sepaIban } from './account.ts';
import { badField, type DuePayment, digitsOf, fieldOf } from './payment.ts';
import { sepaText } from './sepa-text.ts';
import { type XmlElement, xmlDocument } from './xml.ts';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';
const SEPA_CURRENCY = 'EUR';

/** The EPC's guidelines for SEPA credit transfers (EPC132-08): the most characters of a name. */
export const SEPA_NAME_MAX = 70;
/** The same place: the most characters of what the creditor reads, unstructured. */
export const SEPA_REFERENCE_MAX = 140;
/** The same place: an amount is from 0.01 to 999,999,999.99 euros. */
const AMOUNT_MAX = 99_999_999_999n;

/** Whose account pays. A town comes with its country. */
export interface SepaPayer {
  readonly name: string;
  readonly iban: string;
  readonly bic: string | null;
  readonly town: string | null;
  readonly country: string | null;
}

/** What is set for all payments of a file. */
export interface SepaFile {
  readonly profile: 'sepa';
  readonly currency: typeof SEPA_CURRENCY;
  readonly payer: SepaPayer;
  readonly reference: string | null;
}

/** A payment to one account. */
export interface SepaTransfer {
  readonly endToEndId: string;
  readonly amount: Money;
  readonly name: string;
  readonly iban: string;
  readonly bic: string | null;
}

/** A payment by SEPA. Refuses with `destination_invalid`, `unit_mismatch` or `amount_too_large`. */
export function sepaTransfer(payment: DuePayment): Result<SepaTransfer> {
  const { amount } = payment;
  if (amount.unit !== SEPA_CURRENCY) return refuse('unit_mismatch', 'SEPA pays in euros.');
  if (amount.minor > AMOUNT_MAX) {
    return refuse('amount_too_large', 'SEPA pays at most 999,999,999.99 euros at once.');
  }
  const iban = sepaIban(fieldOf(payment, 'iban'));
  if (iban === null) return badField('iban', 'is no IBAN that SEPA reaches');
  const name = sepaText(fieldOf(payment, 'name'), SEPA_NAME_MAX);
  if (name === null) {
    return badField('name', `is not from 1 to ${SEPA_NAME_MAX} characters that banks of SEPA take`);
  }
  const given = fieldOf(payment, 'bic');
  const bic = given === '' ? null : bicOf(given);
  if (given !== '' && bic === null) return badField('bic', 'is no BIC');
  return ok({ endToEndId: digitsOf(payment.redemptionId), amount, name, iban, bic });
}

/** Which batch is paid, when it was made (RFC 3339, UTC), and the day on which the bank is to pay it. */
export interface SepaOrder {
  readonly batchId: string;
  readonly madeAt: string;
  readonly executeOn: string;
}

/**
 * An order to a bank: `pain.001.001.09` of ISO 20022, as EPC132-08, the customer-to-PSP guidelines for SEPA
 * credit transfers, wants it. The batch names the message, so that a bank sees when it gets one twice.
 */
export function painDocument(order: SepaOrder, file: SepaFile, transfers: readonly SepaTransfer[]): string {
  const total = transfers.reduce((sum, { amount }) => sum + amount.minor, 0n);
  const counts: readonly XmlElement[] = [
    ['NbOfTxs', String(transfers.length)],
    ['CtrlSum', decimalOf({ minor: total, unit: SEPA_CURRENCY })],
  ];
  const messageId = digitsOf(order.batchId);
  const header: XmlElement = [
    'GrpHdr',
    [
      ['MsgId', messageId],
      ['CreDtTm', `${order.madeAt.slice(0, 19)}Z`],
      ...counts,
      ['InitgPty', [['Nm', file.payer.name]]],
    ],
  ];
  const payment: XmlElement = [
    'PmtInf',
    [
      ['PmtInfId', messageId],
      ['PmtMtd', 'TRF'],
      ...counts,
      ['PmtTpInf', [['SvcLvl', [['Cd', 'SEPA']]]]],
      ['ReqdExctnDt', [['Dt', order.executeOn]]],
      ...payerElements(file.payer),
      ['ChrgBr', 'SLEV'],
      ...transfers.map((transfer) => transferElement(transfer, file.reference)),
    ],
  ];
  const initiation: XmlElement = ['CstmrCdtTrfInitn', [header, payment]];
  return xmlDocument(['Document', [initiation], { xmlns: NAMESPACE }]);
}

const accountElement = (iban: string): XmlElement => ['Id', [['IBAN', iban]]];
const bankElement = (name: string, id: XmlElement): XmlElement => [name, [['FinInstnId', [id]]]];

/** Since November 2026 an address names its town and country in fields of their own. */
function payerElements({ name, iban, bic, town, country }: SepaPayer): XmlElement[] {
  const address: XmlElement | null =
    town === null || country === null
      ? null
      : [
          'PstlAdr',
          [
            ['TwnNm', town],
            ['Ctry', country],
          ],
        ];
  const unknown: XmlElement = ['Othr', [['Id', 'NOTPROVIDED']]];
  return [
    ['Dbtr', [['Nm', name], address]],
    ['DbtrAcct', [accountElement(iban)]],
    bankElement('DbtrAgt', bic === null ? unknown : ['BICFI', bic]),
  ];
}

const transferElement = (transfer: SepaTransfer, reference: string | null): XmlElement => [
  'CdtTrfTxInf',
  [
    ['PmtId', [['EndToEndId', transfer.endToEndId]]],
    ['Amt', [['InstdAmt', decimalOf(transfer.amount), { Ccy: SEPA_CURRENCY }]]],
    transfer.bic === null ? null : bankElement('CdtrAgt', ['BICFI', transfer.bic]),
    ['Cdtr', [['Nm', transfer.name]]],
    ['CdtrAcct', [accountElement(transfer.iban)]],
    reference === null ? null : ['RmtInf', [['Ustrd', reference]]],
  ],
];
