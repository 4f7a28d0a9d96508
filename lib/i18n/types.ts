import type { formats } from '@/lib/i18n/formats';
import type { Locale } from '@/lib/i18n/locales';
import type access from '@/lib/i18n/messages/en/access.json';
import type alerts from '@/lib/i18n/messages/en/alerts.json';
import type audit from '@/lib/i18n/messages/en/audit.json';
import type auth from '@/lib/i18n/messages/en/auth.json';
import type common from '@/lib/i18n/messages/en/common.json';
import type errors from '@/lib/i18n/messages/en/errors.json';
import type exports from '@/lib/i18n/messages/en/exports.json';
import type fatal from '@/lib/i18n/messages/en/fatal.json';
import type integrity from '@/lib/i18n/messages/en/integrity.json';
import type overview from '@/lib/i18n/messages/en/overview.json';
import type policy from '@/lib/i18n/messages/en/policy.json';
import type profile from '@/lib/i18n/messages/en/profile.json';
import type streams from '@/lib/i18n/messages/en/streams.json';
import type token from '@/lib/i18n/messages/en/token.json';
import type tokens from '@/lib/i18n/messages/en/tokens.json';
import type usage from '@/lib/i18n/messages/en/usage.json';
import type users from '@/lib/i18n/messages/en/users.json';

type AllMessages = {
  common: typeof common;
  errors: typeof errors;
  fatal: typeof fatal;
  auth: typeof auth;
  tokens: typeof tokens;
  token: typeof token;
  access: typeof access;
  policy: typeof policy;
  streams: typeof streams;
  overview: typeof overview;
  usage: typeof usage;
  alerts: typeof alerts;
  audit: typeof audit;
  integrity: typeof integrity;
  exports: typeof exports;
  users: typeof users;
  profile: typeof profile;
};

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: AllMessages;
    Formats: typeof formats;
  }
}
