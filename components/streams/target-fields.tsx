'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Input, Select, Textarea } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import type { StreamEvents, StreamKind, StreamSettings } from '@/lib/streams/schema';
import { streamEvents } from '@/lib/streams/values';

const technical = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const;

/** Where a stream goes. `settings`: those of a stream that is there. */
export function TargetFields({ kind, settings }: { kind: StreamKind; settings?: StreamSettings }) {
  const t = useTranslations('streams.fields');
  if (kind === 'stdout') return null;
  if (kind === 'file') {
    return (
      <Field name="file" label={t('file')} hint={t('fileHint')}>
        {(control) => <Input {...control} {...technical} defaultValue={settings?.file} placeholder="audit.ndjson" className="font-mono" />}
      </Field>
    );
  }
  return (
    <>
      {kind === 'webhook' ? <Address settings={settings} /> : <Receiver settings={settings} />}
      <Field name="ca" label={t('ca')} hint={t('caHint')}>
        {(control) => (
          <Textarea
            {...control}
            {...technical}
            rows={3}
            defaultValue={settings?.ca}
            placeholder="-----BEGIN CERTIFICATE-----"
            className="font-mono text-sm"
          />
        )}
      </Field>
    </>
  );
}

/** It may hold a secret, so the one that is there is not shown. */
function Address({ settings }: { settings?: StreamSettings }) {
  const t = useTranslations('streams.fields');
  return (
    <Field name="url" label={t('url')} hint={settings ? t('urlKept', { host: settings.target }) : t('urlHint')}>
      {(control) => <Input {...control} {...technical} type="url" placeholder={settings ? undefined : 'https://siem.example.org/events'} />}
    </Field>
  );
}

function Receiver({ settings }: { settings?: StreamSettings }) {
  const t = useTranslations('streams.fields');
  const [tls, setTls] = useState(settings?.tls ?? true);
  return (
    <>
      <div className="grid grid-cols-[1fr_6rem] gap-3">
        <Field name="host" label={t('host')}>
          {(control) => <Input {...control} {...technical} defaultValue={settings?.host} placeholder="logs.example.org" />}
        </Field>
        <Field name="port" label={t('port')}>
          {(control) => <Input {...control} {...technical} inputMode="numeric" defaultValue={settings?.port ?? 6514} />}
        </Field>
      </div>
      <Field name="transport" label={t('transport')} hint={tls ? undefined : t('tcpHint')}>
        {(control) => (
          <Select {...control} value={tls ? 'tls' : 'tcp'} onChange={(event) => setTls(event.target.value === 'tls')}>
            <option value="tls">{t('tls')}</option>
            <option value="tcp">{t('tcp')}</option>
          </Select>
        )}
      </Field>
    </>
  );
}

/** Which events a stream sends. */
export function EventsField({ events = 'everything' }: { events?: StreamEvents }) {
  const t = useTranslations('streams');
  const [chosen, setChosen] = useState(events);
  return (
    <Field name="events" label={t('fields.events')} hint={t(`sends.${chosen}.about`)}>
      {(control) => (
        <Select
          {...control}
          value={chosen}
          onChange={(event) => setChosen(streamEvents.find((one) => one === event.target.value) ?? 'everything')}
        >
          {streamEvents.map((value) => (
            <option key={value} value={value}>
              {t(`sends.${value}.name`)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

const text = (fields: FormData, name: string) => String(fields.get(name) ?? '');

/** What the fields hold. */
export function readTarget(fields: FormData, kind: StreamKind) {
  switch (kind) {
    case 'webhook':
      return { kind, url: text(fields, 'url'), ca: text(fields, 'ca') };
    case 'syslog': {
      const port = text(fields, 'port').trim();
      const tls = text(fields, 'transport') !== 'tcp';
      return { kind, host: text(fields, 'host'), port: /^\d{1,6}$/.test(port) ? Number(port) : 0, tls, ca: text(fields, 'ca') };
    }
    case 'file':
      return { kind, file: text(fields, 'file') };
    case 'stdout':
      return { kind };
  }
}

/** The name of a stream and which events it sends, as the fields hold them. */
export function readWhat(fields: FormData): { name: string; events: StreamEvents | undefined } {
  return { name: text(fields, 'name'), events: streamEvents.find((one) => one === text(fields, 'events')) };
}
