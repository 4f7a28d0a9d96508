'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { type Access, wideNetworks } from '@/components/tokens/access';
import { useLimitWords } from '@/components/tokens/access-summary';
import { LimitField, QuotaField } from '@/components/tokens/limit-field';
import type { TokenActions } from '@/components/tokens/types';
import { Icon } from '@/components/ui/icon';
import { ListField } from '@/components/ui/list-field';
import { Notice } from '@/components/ui/notice';
import type { AccessChoices } from '@/lib/tokens/schema';

type Props = { value: Access; onChange: (value: Access) => void; load: TokenActions['accessChoices'] };

/** What a token may be used for, from where, and how often. */
export function AccessFields({ value, onChange, load }: Props) {
  const t = useTranslations('access');
  const [choices, setChoices] = useState<AccessChoices | null>(null);
  const { scopes, ipAllowList } = value;
  const wide = wideNetworks(ipAllowList);
  const limitWords = useLimitWords();
  const removeLabel = (text: string) => t('remove', { text });

  useEffect(() => {
    let wanted = true;
    load({}).then(
      (result) => wanted && result.ok && setChoices(result.data),
      () => {}, // Nothing is offered then; what is typed counts all the same.
    );
    return () => {
      wanted = false;
    };
  }, [load]);

  return (
    <>
      <ListField
        name="scopes"
        label={t('scopes')}
        hint={t('scopesHint')}
        items={scopes}
        onItems={(items) => onChange({ ...value, scopes: items })}
        suggestions={choices?.scopes}
        removeLabel={removeLabel}
      />
      <div className="grid gap-2">
        <ListField
          name="ipAllowList"
          label={t('addresses')}
          hint={t('addressesHint')}
          items={ipAllowList}
          onItems={(items) => onChange({ ...value, ipAllowList: items })}
          removeLabel={removeLabel}
          aside={
            <AddMine
              address={choices?.address}
              onAdd={(mine) => onChange({ ...value, ipAllowList: [...new Set([...ipAllowList, mine])] })}
            />
          }
        />
        <div aria-live="polite">{wide.length > 0 && <Notice tone="caution">{t('wide', { networks: wide.join(', ') })}</Notice>}</div>
      </div>
      <LimitField
        current={value.limit}
        hint={choices?.defaultLimit ? t('limitHintDefault', { limit: limitWords(choices.defaultLimit) }) : t('limitHint')}
        onLimit={(limit) => onChange({ ...value, limit })}
      />
      <QuotaField current={value.quota} onQuota={(quota) => onChange({ ...value, quota })} />
    </>
  );
}

/** Whoever asks from the machine that will use the token need not look its address up. */
function AddMine({ address, onAdd }: { address: string | null | undefined; onAdd: (address: string) => void }) {
  const t = useTranslations('access');
  if (address === null) return null;
  return (
    <button
      type="button"
      disabled={!address}
      data-tip={address}
      aria-description={address}
      onClick={() => address && onAdd(address)}
      className="inline-flex min-h-6 items-center gap-1 rounded-sm text-brass-text text-sm underline-offset-4 hover:underline disabled:opacity-55"
    >
      <Icon of={Plus} className="size-3.5" />
      {t('addMine')}
    </button>
  );
}
