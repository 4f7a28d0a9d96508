'use client';

import { Ellipsis, KeyRound, Pause, Pencil, Play, Send, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { EditStream } from '@/components/streams/edit-stream';
import { RotateKey } from '@/components/streams/rotate-key';
import { SendDialog } from '@/components/streams/send-dialog';
import type { StreamActions } from '@/components/streams/types';
import { FormDialog } from '@/components/ui/form-dialog';
import { IconButton } from '@/components/ui/icon-button';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuSeparator } from '@/components/ui/menu-items';
import { notify } from '@/components/ui/toast';
import type { StreamRow } from '@/lib/streams/schema';

type Kind = 'edit' | 'test' | 'rotate' | 'pause' | 'resume' | 'delete';
type Props = { stream: StreamRow; actions: StreamActions };

/** What an administrator can do with a stream. */
export function StreamMenu({ stream, actions }: Props) {
  const t = useTranslations('streams');
  const [open, setOpen] = useState<Kind | null>(null);
  const label = t('actionsFor', { name: stream.name });
  const close = () => setOpen(null);
  return (
    <>
      <Menu label={label} trigger={(props) => <IconButton {...props} label={label} data-tip={undefined} icon={Ellipsis} />}>
        <MenuItem icon={Pencil} onSelect={() => setOpen('edit')}>
          {t('edit.action')}
        </MenuItem>
        <MenuItem icon={Send} onSelect={() => setOpen('test')}>
          {t('test.action')}
        </MenuItem>
        {stream.kind === 'webhook' && (
          <MenuItem icon={KeyRound} onSelect={() => setOpen('rotate')}>
            {t('rotate.action')}
          </MenuItem>
        )}
        {stream.status === 'paused' ? (
          <MenuItem icon={Play} onSelect={() => setOpen('resume')}>
            {t('resume.confirm')}
          </MenuItem>
        ) : (
          <MenuItem icon={Pause} onSelect={() => setOpen('pause')}>
            {t('pause.confirm')}
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem icon={Trash2} danger onSelect={() => setOpen('delete')}>
          {t('delete.confirm')}
        </MenuItem>
      </Menu>
      {open === 'edit' && <EditStream stream={stream} change={actions.change} onClose={close} />}
      {open === 'rotate' && <RotateKey stream={stream} rotate={actions.rotate} onClose={close} />}
      {open === 'test' && <SendDialog words="test" name={stream.name} send={() => actions.test({ id: stream.id })} onClose={close} />}
      {(open === 'pause' || open === 'resume' || open === 'delete') && (
        <Decision kind={open} stream={stream} actions={actions} onClose={close} />
      )}
    </>
  );
}

function Decision({ kind, stream, actions, onClose }: Props & { kind: 'pause' | 'resume' | 'delete'; onClose: () => void }) {
  const t = useTranslations(`streams.${kind}`);
  const { id, name } = stream;
  return (
    <FormDialog
      title={t('title', { name })}
      description={t('description')}
      confirm={t('confirm')}
      danger={kind === 'delete'}
      submit={() => actions[kind]({ id })}
      onDone={() => {
        notify(t('done', { name }));
        onClose();
      }}
      onClose={onClose}
    />
  );
}
