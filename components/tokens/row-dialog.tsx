'use client';

import { lazy, type RefObject, Suspense } from 'react';
import { ChangeExpirationDialog } from '@/components/tokens/change-expiration-dialog';
import { DeleteDialog } from '@/components/tokens/delete-dialog';
import { EditAccessDialog } from '@/components/tokens/edit-access-dialog';
import { RegenerateDialog } from '@/components/tokens/regenerate-dialog';
import { RenameDialog } from '@/components/tokens/rename-dialog';
import { ResumeDialog } from '@/components/tokens/resume-dialog';
import { SuspendDialog } from '@/components/tokens/suspend-dialog';
import type { RowAction, TokenActions } from '@/components/tokens/types';
import { UnbindDialog } from '@/components/tokens/unbind-dialog';
import type { Issued } from '@/components/tokens/use-secret';
import type { TokenRow } from '@/lib/tokens/schema';

const BindDialog = lazy(() => import('@/components/tokens/bind-dialog').then(({ BindDialog: dialog }) => ({ default: dialog })));

type Props = {
  kind: RowAction;
  row: TokenRow;
  actions: TokenActions;
  onRename: (change: { id: string; name: string }) => void;
  onIssued: (issued: Issued) => void;
  onDeleted: (id: string) => void;
  onClose: () => void;
  /** How long the policy lets a replaced value go on working. */
  longestGraceHours: number;
  /** Scopes that "Edit access" begins without. */
  without?: readonly string[];
  /** What gets the focus when the row is gone. */
  fallbackFocus: RefObject<HTMLElement | null>;
};

/** What the dialogs of a row have in common. */
export type RowDialogProps = {
  row: TokenRow;
  actions: TokenActions;
  onClose: () => void;
};

/** The dialog that was chosen in a row's menu. */
export function RowDialog({
  kind,
  row,
  actions,
  onRename,
  onIssued,
  onDeleted,
  onClose,
  longestGraceHours,
  without,
  fallbackFocus,
}: Props) {
  const shared = { row, actions, onClose };
  switch (kind) {
    case 'rename':
      return <RenameDialog {...shared} onRename={onRename} />;
    case 'changeExpiration':
      return <ChangeExpirationDialog {...shared} />;
    case 'editAccess':
      return <EditAccessDialog {...shared} without={without} />;
    case 'bind':
      return (
        <Suspense>
          <BindDialog {...shared} />
        </Suspense>
      );
    case 'unbind':
      return <UnbindDialog {...shared} />;
    case 'suspend':
      return <SuspendDialog {...shared} />;
    case 'resume':
      return <ResumeDialog {...shared} />;
    case 'regenerate':
      return <RegenerateDialog {...shared} longestGraceHours={longestGraceHours} onIssued={onIssued} />;
    case 'delete':
      return <DeleteDialog {...shared} fallbackFocus={fallbackFocus} onDeleted={onDeleted} />;
  }
}
