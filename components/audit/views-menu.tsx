'use client';

import { Bookmark, BookmarkCheck, BookmarkPlus, ListChecks } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { AuditActions } from '@/components/audit/types';
import { buttonClass } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu-items';
import type { AuditView } from '@/lib/audit/schema';

const SaveView = dynamic(() => import('@/components/audit/views-dialogs').then((module) => module.SaveView));
const UpdateView = dynamic(() => import('@/components/audit/views-dialogs').then((module) => module.UpdateView));
const ManageViews = dynamic(() => import('@/components/audit/views-dialogs').then((module) => module.ManageViews));

type Props = {
  views: AuditView[];
  /** The id of the view that was opened. */
  opened: string;
  /** What the page shows, as a view keeps it. */
  current: string;
  /** A filter cannot be applied: there is nothing to save. */
  isUnclear: boolean;
  mayShare: boolean;
  actions: Pick<AuditActions, 'saveView' | 'updateView' | 'renameView' | 'deleteView'>;
};

/** Filters and columns that were kept under a name, one's own and those that are shared. */
export function ViewsMenu({ views, opened, current, isUnclear, mayShare, actions }: Props) {
  const t = useTranslations('audit.views');
  const [open, setOpen] = useState<'save' | 'update' | 'manage' | null>(null);
  const [own, shared] = [views.filter((view) => !view.shared), views.filter((view) => view.shared)];
  const used = views.find((view) => view.id === opened);
  const active = used?.query === current ? used : views.find((view) => view.query === current && current !== '');
  const mayUpdate = used?.isOwn && used !== active && !isUnclear && (mayShare || !used.shared);
  const shown = active ?? used;
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        label={t('title')}
        trigger={(props) => (
          <button {...props} className={buttonClass('secondary', 'max-w-56')}>
            <Icon of={Bookmark} className={shown ? 'text-brass-text' : 'text-muted'} />
            <span className="truncate">{shown?.name ?? t('title')}</span>
            {shown && !active && <span className="shrink-0 text-muted">{t('edited')}</span>}
          </button>
        )}
      >
        {views.length === 0 && <p className="px-2 py-1 text-muted">{t('none')}</p>}
        <Group label={t('own')} views={own} />
        <Group label={t('shared')} views={shared}>
          {(view) => !view.isOwn && <span className="ml-auto truncate pl-3 text-muted text-xs">{t('by', { name: view.owner })}</span>}
        </Group>
        <MenuSeparator />
        {mayUpdate && (
          <MenuItem icon={BookmarkCheck} onSelect={() => setOpen('update')}>
            <span className="min-w-0 truncate">{t('update', { name: used.name })}</span>
          </MenuItem>
        )}
        <MenuItem icon={BookmarkPlus} onSelect={() => setOpen('save')}>
          {t('save')}
        </MenuItem>
        {views.some((view) => view.mayChange) && (
          <MenuItem icon={ListChecks} onSelect={() => setOpen('manage')}>
            {t('manage')}
          </MenuItem>
        )}
      </Menu>
      {open === 'save' && <SaveView query={current} isUnclear={isUnclear} mayShare={mayShare} save={actions.saveView} onClose={close} />}
      {open === 'update' && used && <UpdateView view={used} query={current} update={actions.updateView} onClose={close} />}
      {open === 'manage' && <ManageViews views={views} actions={actions} onClose={close} />}
    </>
  );
}

type GroupProps = { label: string; views: AuditView[]; children?: (view: AuditView) => ReactNode };

function Group({ label, views, children }: GroupProps) {
  if (views.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu
    <div role="group" aria-label={label}>
      <p aria-hidden="true" className="px-2 pt-1.5 pb-0.5 text-muted text-xs">
        {label}
      </p>
      {views.map((view) => (
        <MenuLink key={view.id} href={`/audit?${view.query && `${view.query}&`}view=${view.id}`}>
          <span className="min-w-0 truncate">{view.name}</span>
          {children?.(view)}
        </MenuLink>
      ))}
    </div>
  );
}
