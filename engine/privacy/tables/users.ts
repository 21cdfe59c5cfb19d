import type { TableRule } from '../rule.ts';

/**
 * Accounts of who signs in. They belong to a person and to no program. An erasure deletes the account of the
 * member's address where nobody else has a use for it; all else goes with `users.delete`, or by its time.
 */
export const USER_TABLES = {
  users: {
    kept: 'id email_verified two_factor_enabled may_create_programs created_at updated_at',
    by: 'account',
    others: 'name email image',
  },
  user_sessions: {
    kept: 'id user_id token_hash expires_at created_at updated_at',
    // The address is a keyed hash.
    others: 'address_hash user_agent',
  },
  user_accounts: {
    kept:
      'id user_id provider_id access_token_expires_at refresh_token_expires_at scope created_at ' +
      'updated_at',
    others: 'account_id access_token refresh_token id_token password',
  },
  user_verifications: { kept: 'id identifier expires_at created_at updated_at', others: 'value' },
  user_two_factors: {
    kept: 'id user_id sealed_secret sealed_backup_codes verified failed_verification_count locked_until',
  },
  passkeys: {
    kept: 'id user_id credential_id public_key counter transports created_at last_used_at',
    others: 'name',
  },
  user_emails: { kept: 'id due_at expires_at attempts', others: 'sealed' },
  user_attempts: { kept: 'id tries expires_at' },
  operators: { kept: 'program_id user_id role created_at' },
  operator_invitations: {
    kept: 'program_id id role token_hash created_at expires_at accepted_at revoked_at',
    others: 'email',
  },
} as const satisfies Readonly<Record<string, TableRule>>;
