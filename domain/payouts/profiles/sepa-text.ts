/**
 * The characters that every bank of SEPA takes: EPC132-08, "Character Set". EPC217-08, "SEPA Requirements for
 * an Extended Character Set" (https://www.europeanpaymentscouncil.eu/document-library), says more of them.
 */
const LATIN = /^[A-Za-z0-9/\-?:().,'+ ]+$/;

/** Letters without a mark that could be taken off, and signs that have a near one in the set. */
const NEAR: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'TH',
  ł: 'l',
  Ł: 'L',
  ħ: 'h',
  Ħ: 'H',
  ı: 'i',
  '&': '+',
  _: '-',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
};

/**
 * A text in the characters of SEPA: letters of the Latin script lose their marks, as the best practices of
 * EPC217-08 have it, and breaks become spaces. Null where a character has no near one, or where nothing or
 * more than `max` characters would be left.
 */
export function sepaText(text: string, max: number): string | null {
  const near = [...text.normalize('NFKD').replaceAll(/\p{Mn}/gu, '')].map((sign) => NEAR[sign] ?? sign);
  const latin = near.join('').replaceAll(/\s+/g, ' ').trim();
  return latin.length <= max && LATIN.test(latin) ? latin : null;
}
