import { crc32, deflateSync } from 'node:zlib';

/** PNG, as ISO/IEC 15948 has it: a signature, then chunks of length, type, data and CRC. */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CREDENTIAL_KEYWORD = 'openbadgecredential';
const SIDE_MAX = 2_048;
/** What an image needs to be shown; everything else may tell of who made it, and is left out. */
const KEPT = new Set(['IHDR', 'PLTE', 'tRNS', 'sRGB', 'gAMA', 'cHRM', 'IDAT', 'IEND']);

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The chunks of a well-formed PNG, or null. */
function chunksOf(png: Buffer): Chunk[] | null {
  if (!png.subarray(0, 8).equals(SIGNATURE)) return null;
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= png.length; ) {
    const size = png.readUInt32BE(at);
    const end = at + 12 + size;
    if (end > png.length) return null;
    const body = png.subarray(at + 4, end - 4);
    if (crc32(body) !== png.readUInt32BE(end - 4)) return null;
    chunks.push({ type: body.toString('latin1', 0, 4), data: body.subarray(4) });
    at = end;
    if (chunks.at(-1)?.type === 'IEND') return at === png.length ? chunks : null;
  }
  return null;
}

function encode({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

const assemble = (chunks: readonly Chunk[]): Buffer => Buffer.concat([SIGNATURE, ...chunks.map(encode)]);

/**
 * A picture as we keep it: well-formed, 1 to 2,048 pixels a side, without metadata; null when it is no such
 * picture.
 */
export function cleanPng(png: Buffer): Buffer | null {
  const chunks = chunksOf(png);
  const header = chunks?.[0];
  if (chunks == null || header?.type !== 'IHDR' || header.data.length !== 13) return null;
  const sides = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  if (sides.some((side) => side < 1 || side > SIDE_MAX)) return null;
  if (!chunks.some(({ type }) => type === 'IDAT')) return null;
  return assemble(chunks.filter(({ type }) => KEPT.has(type)));
}

/** The picture with the credential in it, as Open Badges 3.0 bakes: one uncompressed iTXt chunk. */
export function bakePng(png: Buffer, credentialJson: string): Buffer {
  const chunks = chunksOf(png);
  if (chunks === null) throw new Error('only a well-formed PNG can be baked');
  // After the keyword: end, compression flag and method, and an empty language tag and translated keyword
  // with their ends.
  const data = Buffer.concat([
    Buffer.from(`${CREDENTIAL_KEYWORD}\0\0\0\0\0`, 'latin1'),
    Buffer.from(credentialJson, 'utf8'),
  ]);
  const [header, ...rest] = chunks.filter(({ type }) => type !== 'iTXt');
  return assemble([...(header === undefined ? [] : [header]), { type: 'iTXt', data }, ...rest]);
}

/** A PNG of `side` × `side` pixels, 8 bits RGBA, from a function of the pixel's place. */
export function drawPng(
  side: number,
  pixel: (x: number, y: number) => readonly [number, number, number, number],
): Buffer {
  const row = 1 + side * 4;
  const raw = Buffer.alloc(row * side);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) raw.set(pixel(x, y), y * row + 1 + x * 4);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return assemble([
    { type: 'IHDR', data: header },
    { type: 'IDAT', data: deflateSync(raw) },
    { type: 'IEND', data: Buffer.alloc(0) },
  ]);
}
