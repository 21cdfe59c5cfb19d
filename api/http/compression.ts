import type { FastifyCompressOptions } from '@fastify/compress';

/** Short answers cost more to compress than to send. */
export const COMPRESSION = { threshold: 1_024, encodings: ['gzip'] } satisfies FastifyCompressOptions;
