'use client';

import { Pencil, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { AuditActions } from '@/components/audit/types';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/controls';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { IconButton } from '@/components/ui/icon-button';
import { Notice } from '@/components/ui/notice';
import { notify } from '@/components/ui/toast';
import type { AuditView } from '@/lib/audit/schema';

type SaveProps = { query: string; isUnclear: boolean; mayShare: boolean; save: AuditActions['saveView']; onClose: () => void };

/** Keeps what the page shows under a name, and shows it as that view. */
export function SaveView({ query, isUnclear, mayShare, save, onClose }: SaveProps) {
  const t = useTranslations('audit.views');
  const c = useTranslations('common');
  const router = useRouter();
  const [name, setName] = useState('');
  if (isUnclear) {
    return (
      <Dialog title={t('saveTitle')} onClose={onClose}>
        <Notice tone="caution">{t('problem')}</Notice>
        <DialogFooter>
          <Button onClick={onClose}>{c('close')}</Button>
        </DialogFooter>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={t('saveTitle')}
      description={t('saveAbout')}
      confirm={t('confirmSave')}
      submit={(fields) => save({ name, shared: fields.get('shared') !== null, query })}
      onDone={({ id }) => {
        notify(t('saved', { name: name.trim() }));
        const url = new URL(window.location.href);
        url.searchParams.set('view', id);
        router.replace(url.pathname + url.search, { scroll: false });
        onClose();
      }}
      onClose={onClose}
    >
      <ViewName value={name} onChange={setName} />
      {mayShare && (
        <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2.5">
          <input id="share-view" type="checkbox" name="shared" aria-describedby="share-view-hint" className="mt-0.5 size-4" />
          <label htmlFor="share-view" className="font-medium">
            {t('share')}
          </label>
          <p id="share-view-hint" className="col-start-2 text-pretty text-muted text-sm">
            {t('shareHint')}
          </p>
        </div>
      )}
    </FormDialog>
  );
}

type UpdateProps = { view: AuditView; query: string; update: AuditActions['updateView']; onClose: () => void };

/** Has a view keep what the page shows in place of what it kept. */
export function UpdateView({ view, query, update, onClose }: UpdateProps) {
  const t = useTranslations('audit.views');
  return (
    <FormDialog
      title={t('updateTitle')}
      description={t(view.shared ? 'updateSharedAbout' : 'updateAbout', { name: view.name })}
      confirm={t('confirmUpdate')}
      submit={() => update({ id: view.id, query })}
      onDone={() => {
        notify(t('updated', { name: view.name }));
        onClose();
      }}
      onClose={onClose}
    />
  );
}

type ManageProps = { views: AuditView[]; actions: Pick<AuditActions, 'renameView' | 'deleteView'>; onClose: () => void };

/** The views that this person may change; one of them is renamed or deleted in the place of the list. */
export function ManageViews({ views, actions, onClose }: ManageProps) {
  const t = useTranslations('audit.views');
  const c = useTranslations('common');
  const [task, setTask] = useState<{ kind: 'rename' | 'delete'; view: AuditView } | null>(null);
  const back = () => setTask(null);
  if (task?.kind === 'rename') return <RenameView key={task.view.id} view={task.view} rename={actions.renameView} onClose={back} />;
  if (task?.kind === 'delete') return <DeleteView key={task.view.id} view={task.view} remove={actions.deleteView} onClose={back} />;
  const own = views.filter((view) => view.mayChange);
  return (
    <Dialog key="list" title={t('manageTitle')} description={t('manageAbout')} onClose={onClose}>
      {own.length === 0 && <p>{t('nothing')}</p>}
      <ul className="-mx-2 grid">
        {own.map((view) => (
          <li key={view.id} className="flex min-h-11 items-center gap-2 border-line border-b px-2 last:border-b-0">
            <span className="min-w-0 grow truncate font-medium">{view.name}</span>
            {view.shared && <span className="shrink-0 text-muted text-sm">{view.isOwn ? t('shared') : t('by', { name: view.owner })}</span>}
            <IconButton label={t('renameOf', { name: view.name })} icon={Pencil} onClick={() => setTask({ kind: 'rename', view })} />
            <IconButton label={t('deleteOf', { name: view.name })} icon={Trash2} onClick={() => setTask({ kind: 'delete', view })} />
          </li>
        ))}
      </ul>
      <DialogFooter>
        <Button onClick={onClose}>{c('close')}</Button>
      </DialogFooter>
    </Dialog>
  );
}

function RenameView({ view, rename, onClose }: { view: AuditView; rename: AuditActions['renameView']; onClose: () => void }) {
  const t = useTranslations('audit.views');
  const [name, setName] = useState(view.name);
  return (
    <FormDialog
      title={t('renameTitle')}
      confirm={t('rename')}
      submit={() => rename({ id: view.id, name })}
      onDone={() => {
        notify(t('renamed', { name: name.trim() }));
        onClose();
      }}
      onClose={onClose}
    >
      <ViewName value={name} onChange={setName} />
    </FormDialog>
  );
}

function DeleteView({ view, remove, onClose }: { view: AuditView; remove: AuditActions['deleteView']; onClose: () => void }) {
  const t = useTranslations('audit.views');
  return (
    <FormDialog
      title={t('deleteTitle')}
      description={t(view.shared ? 'deleteSharedAbout' : 'deleteAbout', { name: view.name })}
      confirm={t('delete')}
      danger
      submit={() => remove({ id: view.id })}
      onDone={() => {
        notify(t('deleted', { name: view.name }));
        onClose();
      }}
      onClose={onClose}
    />
  );
}

function ViewName({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const t = useTranslations('audit.views');
  return (
    <Field name="name" label={t('name')}>
      {(control) => (
        <Input {...control} autoComplete="off" maxLength={400} value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}
