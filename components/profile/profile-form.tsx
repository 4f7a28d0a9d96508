'use client';

import { useTranslations } from 'next-intl';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';
import { type Locale, locales } from '@/lib/i18n/locales';

type Theme = 'system' | 'light' | 'dark';
type Profile = { name: string; timeZone: string | null; theme: Theme; locale: string | null };
type Update = (input: { name: string; timeZone: string | null; theme: Theme; locale: Locale | null }) => Promise<ActionResult<void>>;

const themes: Theme[] = ['system', 'light', 'dark'];
// Each language by its own name: whoever lands in the wrong one has to find the way back.
const languages: Record<Locale, string> = { en: 'English', 'zh-CN': '简体中文', nl: 'Nederlands' };

/** One's own name, and how the console looks and speaks to one. */
export function ProfileForm({ profile, timeZones, update }: { profile: Profile; timeZones: string[]; update: Update }) {
  const t = useTranslations('profile');
  const theme = useTranslations('common.theme');

  function submit(fields: FormData) {
    const text = (name: string) => String(fields.get(name));
    return update({
      name: text('name'),
      timeZone: text('timeZone') || null,
      theme: text('theme') as Theme,
      locale: (text('locale') || null) as Locale | null,
    });
  }

  return (
    // What was stored, also from the switch in the top bar, is what the fields show.
    <Form key={JSON.stringify(profile)} submit={submit} onDone={() => notify(t('saved'))} className="grid max-w-140 gap-4">
      <Field name="name" label={t('fields.name')}>
        {(control) => <Input {...control} defaultValue={profile.name} autoComplete="name" />}
      </Field>
      <div className="grid grid-cols-3 gap-4 max-sm:grid-cols-1">
        <Field name="timeZone" label={t('fields.timeZone')}>
          {(control) => (
            <Select {...control} defaultValue={profile.timeZone ?? ''}>
              <option value="">{t('asBrowser')}</option>
              {timeZones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll('_', ' ')}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field name="theme" label={t('fields.theme')}>
          {(control) => (
            <Select {...control} defaultValue={profile.theme}>
              {themes.map((value) => (
                <option key={value} value={value}>
                  {theme(value)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field name="locale" label={t('fields.language')}>
          {(control) => (
            <Select {...control} defaultValue={profile.locale ?? ''}>
              <option value="">{t('asBrowser')}</option>
              {locales.map((value) => (
                <option key={value} value={value} lang={value}>
                  {languages[value]}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <SubmitButton className="justify-self-start max-sm:justify-self-stretch">{t('save')}</SubmitButton>
    </Form>
  );
}
