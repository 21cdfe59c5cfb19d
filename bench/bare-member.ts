import Fastify from 'fastify';
import pg from 'pg';

/**
 * The least that reading a member can cost with the same framework: its one query. The reference of `rest`.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const QUERY = {
  name: 'member',
  text: `SELECT id::text, external_id, email, referral_code, locale, time_zone, display_name,
                qualified_referrals, signed_up_at, created_at
         FROM members WHERE program_id = $1 AND id = $2`,
};
const app = Fastify();
app.get<{ Params: { programId: string; id: string } }>('/:programId/:id', async ({ params }) => {
  const { rows } = await pool.query({ ...QUERY, values: [params.programId, params.id] });
  return rows[0];
});
app.get('/readyz', (_req, reply) => reply.send());
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
