import { router } from '../trpc/builder.ts';
import { deliveryProcedures } from './delivery-procedures.ts';
import { inboxProcedures } from './inbox-procedures.ts';

export const noticesRouter = router({ ...inboxProcedures, ...deliveryProcedures });
