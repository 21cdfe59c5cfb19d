import Fastify from 'fastify';

/**
 * The least that a redirect can cost with the same framework: no lookup, no record. The reference of `click`.
 */
const app = Fastify();
app.get('/r/:code', (_req, reply) => {
  reply.code(302).header('location', 'https://shop.example/welcome').send();
});
app.get('/readyz', (_req, reply) => reply.send());
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
