import { drawPng } from '../../engine/badges/png.ts';
import { escapeXml } from '../../platform/escape.ts';
import { sha256 } from '../../platform/hash.ts';
import { TtlCache } from '../cache/ttl-cache.ts';

const SIDE = 256;
const CENTRE = SIDE / 2;
const RADIUS = 120;
const RING = 104;
const STAR_OUTER = 70;
const STAR_INNER = 29;
const POINTS = 5;
const HOUR_MS = 3_600_000;

type Rgb = readonly [number, number, number];

/** A colour dark enough for white on it, and always the same for one definition. */
function colourOf(definitionId: string): Rgb {
  const hash = sha256(definitionId);
  const part = (at: number) => 30 + (Number.parseInt(hash.slice(at, at + 2), 16) % 110);
  return [part(0), part(2), part(4)];
}

/** Corners of a star around the centre, its first point upwards. */
const CORNERS = Array.from({ length: POINTS * 2 }, (_, index) => {
  const radius = index % 2 === 0 ? STAR_OUTER : STAR_INNER;
  const angle = (index * Math.PI) / POINTS - Math.PI / 2;
  return [CENTRE + radius * Math.cos(angle), CENTRE + radius * Math.sin(angle)] as const;
});

/** Even-odd rule: a ray to the right crosses the outline an odd number of times. */
function isInStar(x: number, y: number): boolean {
  let inside = false;
  CORNERS.forEach(([ax, ay], index) => {
    const [bx, by] = CORNERS.at(index - 1) ?? [ax, ay];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

const drawn = new TtlCache<Buffer>(HOUR_MS, 200);

/** The picture of a badge whose definition has none: a star on a disc. */
export function defaultPng(definitionId: string, now_ms: number): Buffer {
  const cached = drawn.get(definitionId, now_ms);
  if (cached !== undefined) return cached;
  const colour = colourOf(definitionId);
  const png = drawPng(SIDE, (x, y) => {
    const distance = Math.hypot(x + 0.5 - CENTRE, y + 0.5 - CENTRE);
    if (distance > RADIUS) return [0, 0, 0, 0];
    const isWhite = (distance > RING - 4 && distance < RING) || isInStar(x + 0.5, y + 0.5);
    return isWhite ? [255, 255, 255, 255] : [...colour, 255];
  });
  drawn.set(definitionId, png, now_ms);
  return png;
}

/** The fields of a badge definition that its picture needs. */
export interface Pictured {
  readonly id: string;
  readonly name: string;
  readonly image: Uint8Array | null;
}

/** The picture of a definition as PNG: its own, or the default one. */
export const pngOf = ({ id, image }: Pictured, now_ms: number): Buffer =>
  image === null ? defaultPng(id, now_ms) : Buffer.from(image);

/**
 * The picture of a definition as SVG. A given credential is baked into it as Open Badges 3.0 does with an
 * embedded proof: as the text of an element directly after the root's tag.
 */
export function svgOf(definition: Pictured, credentialJson?: string): string {
  const name = escapeXml(definition.name);
  const baked = credentialJson === undefined ? '' : credentialElement(credentialJson);
  const shape = shapeOf(definition);
  const names = 'xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"';
  const size = `viewBox="0 0 ${SIDE} ${SIDE}" width="${SIDE}" height="${SIDE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg ${names} ${size} role="img" aria-label="${name}">${baked}<title>${name}</title>${shape}</svg>
`;
}

/** In JSON only a string can hold ">". Escaped, it cannot end the section early and parses to the same. */
const credentialElement = (json: string): string =>
  `<openbadges:credential><![CDATA[${json.replaceAll('>', '\\u003e')}]]></openbadges:credential>`;

function shapeOf({ id, image }: Pictured): string {
  if (image !== null) {
    const href = `data:image/png;base64,${Buffer.from(image).toString('base64')}`;
    return `<image width="${SIDE}" height="${SIDE}" href="${href}"/>`;
  }
  const points = CORNERS.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const fill = `rgb(${colourOf(id).join(',')})`;
  const centre = `cx="${CENTRE}" cy="${CENTRE}"`;
  return [
    `<circle ${centre} r="${RADIUS}" fill="${fill}"/>`,
    `<circle ${centre} r="${RING - 2}" fill="none" stroke="#fff" stroke-width="4"/>`,
    `<polygon fill="#fff" points="${points}"/>`,
  ].join('');
}
