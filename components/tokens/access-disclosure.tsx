'use client';

import clsx from 'clsx';
import { ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useId, useState } from 'react';
import type { Access } from '@/components/tokens/access';
import { AccessFields } from '@/components/tokens/access-fields';
import { useAccessWords } from '@/components/tokens/access-summary';
import type { KeyChoice } from '@/components/tokens/key';
import type { TokenActions } from '@/components/tokens/types';
import { useFieldError } from '@/components/ui/form';
import { Icon } from '@/components/ui/icon';

const KeyField = lazy(() => import('@/components/tokens/key-field').then(({ KeyField: field }) => ({ default: field })));

type Props = { load: TokenActions['accessChoices']; bindTo: KeyChoice; onKey: (choice: KeyChoice) => void };

/** The fields that most tokens do without: folded until somebody asks for them, or one of them was refused. */
export function AccessDisclosure({ load, bindTo, onKey }: Props) {
  const t = useTranslations('access');
  const words = useAccessWords();
  const id = useId();
  const [unfolded, setUnfolded] = useState(false);
  // What is offered is asked for once, when it is first needed.
  const [asked, setAsked] = useState(false);
  const [access, setAccess] = useState<Access>({ scopes: [], ipAllowList: [], limit: null, quota: null });
  const refused = [
    useFieldError('scopes'),
    useFieldError('ipAllowList'),
    useFieldError('limit'),
    useFieldError('quota'),
    useFieldError('publicKey'),
  ].some(Boolean);
  const open = unfolded || refused;

  return (
    <div className="grid grid-cols-1 border-line border-t pt-3">
      <div className="flex flex-wrap items-center justify-between gap-x-3">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          aria-describedby={`${id}-set`}
          onClick={() => {
            setUnfolded(!open);
            setAsked(true);
          }}
          className="-ml-1 inline-flex min-h-8 items-center gap-1 rounded-sm pr-1 font-medium max-sm:min-h-10"
        >
          <Icon of={ChevronRight} className={clsx('text-muted transition-transform', open && 'rotate-90')} />
          {t('disclosure')}
        </button>
        <span id={`${id}-set`} className="text-muted text-sm">
          {words(access)}
          {bindTo.way !== 'none' && t('andKey')}
        </span>
      </div>
      <div id={id} hidden={!open} className={clsx('gap-4 pt-2', open && 'grid')}>
        {asked && (
          <>
            <AccessFields value={access} onChange={setAccess} load={load} />
            <Suspense>
              <KeyField value={bindTo} onChange={onKey} fileName="token" optional />
            </Suspense>
          </>
        )}
      </div>
    </div>
  );
}
