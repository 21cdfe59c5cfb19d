import type { FastifyInstance } from 'fastify';

/** What a browser sends a form as. */
export const FORM = 'application/x-www-form-urlencoded';

/** Lets a scope of the server take forms, as they are, and no other bodies. */
export function takeForms(scope: FastifyInstance, body_bytes_max: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: body_bytes_max }, (_req, body, done) =>
    done(null, body),
  );
}
