/** One file of messages for each feature: lib/i18n/messages/<language>/<namespace>.json. */
export const namespaces = [
  'common',
  'errors',
  'fatal',
  'auth',
  'tokens',
  'token',
  'access',
  'overview',
  'usage',
  'policy',
  'streams',
  'alerts',
  'audit',
  'integrity',
  'exports',
  'users',
  'profile',
] as const;

export type Namespace = (typeof namespaces)[number];
