import { router } from '../trpc/builder.ts';
import { logProcedures } from './deliveries.ts';
import { webhookProcedures } from './endpoints.ts';
import { replayProcedures } from './replay.ts';
import { standingProcedures } from './standing.ts';
import { typeProcedures } from './types.ts';

/** Webhooks: the endpoints, whether they are told anything, and what became of each message. */
export const webhooksRouter = router({
  ...webhookProcedures,
  ...standingProcedures,
  ...logProcedures,
  ...replayProcedures,
  ...typeProcedures,
});
