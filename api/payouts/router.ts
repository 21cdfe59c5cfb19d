import { router } from '../trpc/builder.ts';
import { batchProcedures } from './batches.ts';
import { endpointProcedures } from './endpoint.ts';
import { paymentProcedures } from './payments.ts';

/** Payments outside of this engine: by a person, in batches, or by the host, at its endpoint. */
export const payoutsRouter = router({ ...batchProcedures, ...paymentProcedures, ...endpointProcedures });
