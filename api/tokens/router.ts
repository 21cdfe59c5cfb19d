import { router } from '../trpc/builder.ts';
import { secretProcedures } from './secrets.ts';
import { settingsProcedures } from './settings.ts';

/** Whose member tokens a program takes; `members.token` makes one. */
export const tokensRouter = router({ ...settingsProcedures, ...secretProcedures });
