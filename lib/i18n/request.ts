import { headers } from 'next/headers';
import { getRequestConfig } from 'next-intl/server';
import { currentActor } from '@/lib/auth/actor';
import { readPreference } from '@/lib/auth/cookies';
import { formats } from '@/lib/i18n/formats';
import { isLocale, type Locale, negotiateLocale } from '@/lib/i18n/locales';
import { namespaces } from '@/lib/i18n/namespaces';
import { knownZone, ZONE_COOKIE } from '@/lib/i18n/zone';

/** Language, zone and clock of one request: the person's own choice, else what their browser says. */
export default getRequestConfig(async () => {
  const [given, zone] = await Promise.all([headers(), readPreference(ZONE_COOKIE)]);
  // A page that cannot find out who asks still speaks a language: its own query says what is wrong.
  const actor = await currentActor().catch(() => null);
  const locale = isLocale(actor?.locale) ? actor.locale : negotiateLocale(given.get('accept-language'));
  return {
    locale,
    messages: await loadMessages(locale),
    timeZone: knownZone(actor?.timeZone) ?? knownZone(zone) ?? 'UTC',
    now: new Date(),
    formats,
  };
});

async function loadMessages(locale: Locale) {
  const files = await Promise.all(namespaces.map((name) => import(`./messages/${locale}/${name}.json`)));
  return Object.fromEntries(namespaces.map((name, index) => [name, files[index].default]));
}
