'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import type { UserRow } from '@/lib/users/schema';

type Role = UserRow['role'];

const roles: Role[] = ['member', 'auditor', 'admin'];

/** Chooses a role and says what it may do. */
export function RoleField({ initial }: { initial: Role }) {
  const t = useTranslations('users');
  const names = useTranslations('common.role');
  const [role, setRole] = useState(initial);
  return (
    <Field name="role" label={t('fields.role')} hint={t(`mayDo.${role}`)}>
      {(control) => (
        <Select {...control} value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {roles.map((value) => (
            <option key={value} value={value}>
              {names(value)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

/** What the field holds. */
export function readRole(fields: FormData): Role {
  return fields.get('role') as Role;
}
