import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { german } from './de.ts';
import { english } from './en.ts';
import type { SpokenLanguage } from './language.ts';
import { createSpeaker, type Speaker } from './speaker.ts';

const LANGUAGES = { en: english, de: german } as const satisfies Readonly<Record<string, SpokenLanguage>>;

type LanguageName = keyof typeof LANGUAGES;

/** The field by which a caller chooses the language of sentences. */
export const languageField = {
  language: z
    .enum(Object.keys(LANGUAGES) as [LanguageName, ...LanguageName[]])
    .optional()
    .meta({
      description: 'The language of the sentences; left out: by the header `Accept-Language`, or English.',
      examples: ['de'],
    }),
};

/**
 * Who speaks in the language that a request asks for: that of the input, else the one of ours that the header
 * `Accept-Language` likes best, else English.
 */
export function speakerFor(asked: LanguageName | undefined, { headers }: FastifyRequest): Speaker {
  return createSpeaker(LANGUAGES[asked ?? preferred(headers['accept-language'] ?? '')]);
}

/** More than browsers send. */
const RANGES_MAX = 20;

/** By RFC 9110, section 12.5.4: of those we have, the one of the highest weight, and of equals the first. */
function preferred(header: string): LanguageName {
  const ranges = header.split(',', RANGES_MAX).flatMap((range, at) => {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const name = tag === '*' ? 'en' : (tag.split('-')[0] ?? '');
    const weight = parameters.flatMap((text) => /^q=([01](?:\.\d{0,3})?)$/.exec(text)?.[1] ?? [])[0];
    return isLanguage(name) ? [{ name, weight: Number(weight ?? 1), at }] : [];
  });
  const [best] = ranges.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight || a.at - b.at);
  return best?.name ?? 'en';
}

const isLanguage = (name: string): name is LanguageName => Object.hasOwn(LANGUAGES, name);
