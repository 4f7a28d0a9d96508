'use client';

import { Download } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { type ComponentProps, useRef, useState } from 'react';
import type { ExportDialog as Dialog } from '@/components/audit/export-dialog';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';

const ExportDialog = dynamic(() => import('@/components/audit/export-dialog').then((module) => module.ExportDialog));

/** The button "Export" and its dialog. */
export function ExportButton(props: Omit<ComponentProps<typeof Dialog>, 'onClose' | 'finalFocus'>) {
  const t = useTranslations('audit.export');
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button ref={button} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon of={Download} />
        {t('open')}
      </Button>
      {open && <ExportDialog {...props} onClose={() => setOpen(false)} finalFocus={() => button.current} />}
    </>
  );
}
