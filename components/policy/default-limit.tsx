'use client';

import { useTranslations } from 'next-intl';
import { useLimitWords } from '@/components/tokens/access-summary';
import { readLimit } from '@/components/tokens/limit';
import { LimitField } from '@/components/tokens/limit-field';
import { Form, SubmitButton } from '@/components/ui/form';
import { Section } from '@/components/ui/section';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';
import type { TokenLimit } from '@/lib/tokens/schema';

type Props = {
  current: TokenLimit | null;
  /** Null for whoever only looks. */
  change: ((input: { defaultLimit: TokenLimit | null }) => Promise<ActionResult<void>>) | null;
};

/** How often tokens may be used that have no limit of their own. */
export function DefaultLimit({ current, change }: Props) {
  const t = useTranslations('policy.defaultLimit');
  const limitWords = useLimitWords();
  return (
    <Section id="default-limit" title={t('title')} description={t('description')}>
      {change ? (
        <Form
          key={JSON.stringify(current)}
          submit={async (fields) => {
            const limit = readLimit(fields);
            if ('error' in limit) return { ok: false, error: limit.error };
            return change({ defaultLimit: limit.value });
          }}
          onDone={() => notify(t('done'))}
          className="grid max-w-140 gap-4"
        >
          <LimitField current={current} hint={t('hint')} />
          <SubmitButton look="secondary" className="justify-self-start max-sm:justify-self-stretch">
            {t('submit')}
          </SubmitButton>
        </Form>
      ) : (
        <p>{current ? limitWords(current) : t('none')}</p>
      )}
    </Section>
  );
}
