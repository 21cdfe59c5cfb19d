import { router } from '../trpc/builder.ts';
import { founderProcedures } from './founder-procedures.ts';
import { passkeyProcedures } from './passkey-procedures.ts';
import { accountProcedures } from './profile-procedures.ts';
import { providerProcedures } from './provider-procedures.ts';
import { secondFactorProcedures } from './second-factor-procedures.ts';
import { sessionProcedures } from './session-procedures.ts';
import { signInProcedures } from './sign-in-procedures.ts';

/** How people sign in, and what they see and change of their own account. */
export const usersRouter = router({
  ...signInProcedures,
  ...providerProcedures,
  ...sessionProcedures,
  ...passkeyProcedures,
  ...secondFactorProcedures,
  ...accountProcedures,
  ...founderProcedures,
});
