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

/** Dark enough for white to be read on it, and always the same for one achievement. */
function colourOf(achievementId: string): Rgb {
  const hash = sha256(achievementId);
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

/** The picture of an achievement that has none of its own: a star on a disc. */
export function defaultPng(achievementId: string, now_ms: number): Buffer {
  const known = drawn.get(achievementId, now_ms);
  if (known !== undefined) return known;
  const colour = colourOf(achievementId);
  const png = drawPng(SIDE, (x, y) => {
    const distance = Math.hypot(x + 0.5 - CENTRE, y + 0.5 - CENTRE);
    if (distance > RADIUS) return [0, 0, 0, 0];
    const isWhite = (distance > RING - 4 && distance < RING) || isInStar(x + 0.5, y + 0.5);
    return isWhite ? [255, 255, 255, 255] : [...colour, 255];
  });
  drawn.set(achievementId, png, now_ms);
  return png;
}

export interface Pictured {
  readonly id: string;
  readonly name: string;
  readonly image: Uint8Array | null;
}

/** The achievement's picture as PNG: its own, or ours. */
export const pngOf = ({ id, image }: Pictured, now_ms: number): Buffer =>
  image === null ? defaultPng(id, now_ms) : Buffer.from(image);

/**
 * The achievement's picture as SVG, with the credential in it when one is given, as Open Badges 3.0 bakes a credential with an embedded
 * proof: as the text of an element directly after the root's tag.
 */
export function svgOf(achievement: Pictured, credentialJson?: string): string {
  const name = escapeXml(achievement.name);
  const baked =
    credentialJson === undefined
      ? ''
      : // Nothing in JSON but a text holds ">", so that escaped the section cannot end early, and parses to the same.
        `<openbadges:credential><![CDATA[${credentialJson.replaceAll('>', '\\u003e')}]]></openbadges:credential>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" viewBox="0 0 ${SIDE} ${SIDE}" width="${SIDE}" height="${SIDE}" role="img" aria-label="${name}">${baked}<title>${name}</title>${shapeOf(achievement)}</svg>
`;
}

function shapeOf({ id, image }: Pictured): string {
  if (image !== null)
    return `<image width="${SIDE}" height="${SIDE}" href="data:image/png;base64,${Buffer.from(image).toString('base64')}"/>`;
  const points = CORNERS.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const fill = `rgb(${colourOf(id).join(',')})`;
  return `<circle cx="${CENTRE}" cy="${CENTRE}" r="${RADIUS}" fill="${fill}"/><circle cx="${CENTRE}" cy="${CENTRE}" r="${RING - 2}" fill="none" stroke="#fff" stroke-width="4"/><polygon fill="#fff" points="${points}"/>`;
}
