import { readFileSync } from 'node:fs';
import path from 'node:path';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';

/** What ISO 20022 publishes for `pain.001.001.09`, of 14 February 2019, as it is. */
const SCHEMA = path.join(import.meta.dirname, 'pain.001.001.09.xsd');
const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';

let validator: XsdValidator | undefined;

/** What libxml2 finds wrong with a document by the published schema; null: nothing. */
export function painError(xml: string): string | null {
  validator ??= XsdValidator.fromDoc(XmlDocument.fromString(readFileSync(SCHEMA, 'utf8')));
  const document = XmlDocument.fromString(xml);
  try {
    validator.validate(document);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    document.dispose();
  }
}

/** The texts that a path of element names leads to, such as `CdtTrfTxInf/Cdtr/Nm`. */
export function painTexts(xml: string, elements: string): string[] {
  const document = XmlDocument.fromString(xml);
  try {
    const steps = elements.split('/').map((name) => `p:${name}`);
    return document.find(`//${steps.join('/')}`, { p: NAMESPACE }).map((node) => node.content);
  } finally {
    document.dispose();
  }
}
