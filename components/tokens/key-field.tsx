'use client';

import { Check, CircleAlert, Download, KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type SyntheticEvent, useEffect, useId, useRef, useState } from 'react';
import { type KeyChoice, type MadeKey, makeKey } from '@/components/tokens/key';
import { Button } from '@/components/ui/button';
import { Select, Textarea } from '@/components/ui/controls';
import { CopyButton } from '@/components/ui/copy-button';
import { Field } from '@/components/ui/field';
import { useFieldError } from '@/components/ui/form';
import { Icon } from '@/components/ui/icon';
import { Notice } from '@/components/ui/notice';

type Props = {
  value: KeyChoice;
  onChange: (value: KeyChoice) => void;
  /** What the file with the private key is called. */
  fileName: string;
  /** Whether there may be no key at all. */
  optional?: boolean;
};

/** The key to bind a token to: made here, or brought along as a public JWK. */
export function KeyField({ value, onChange, fileName, optional = false }: Props) {
  const t = useTranslations('tokens.key');
  const ways = { none: { way: 'none' }, make: { way: 'make', made: null, saved: false }, paste: { way: 'paste', text: '' } } as const;
  return (
    <>
      <Field name="way" label={t('label')} hint={optional && value.way === 'none' ? t('noneHint') : undefined}>
        {(control) => (
          <Select {...control} value={value.way} onChange={(event) => onChange(ways[event.target.value as KeyChoice['way']])}>
            {optional && <option value="none">{t('none')}</option>}
            <option value="make">{t('make')}</option>
            <option value="paste">{t('paste')}</option>
          </Select>
        )}
      </Field>
      {value.way === 'make' && <Make value={value} onChange={onChange} fileName={fileName} />}
      {value.way === 'paste' && (
        <Field name="publicKey" label={t('publicKey')} hint={t('publicKeyHint')}>
          {(control) => (
            <Textarea
              {...control}
              rows={5}
              value={value.text}
              onChange={(event) => onChange({ way: 'paste', text: event.target.value })}
              autoComplete="off"
              spellCheck={false}
              placeholder='{ "kty": "EC", "crv": "P-256", "x": "…", "y": "…" }'
              className="font-mono text-sm"
            />
          )}
        </Field>
      )}
    </>
  );
}

type MakeProps = Pick<Props, 'onChange' | 'fileName'> & { value: Extract<KeyChoice, { way: 'make' }> };

function Make({ value: { made, saved }, onChange, fileName }: MakeProps) {
  const t = useTranslations('tokens.key');
  const [failed, setFailed] = useState(false);
  const [refusalId, hintId] = [useId(), useId()];
  const refusal = useFieldError('publicKey');

  // The page may be kept for "Back": the private key must not be in it.
  useEffect(() => {
    const forget = () => onChange({ way: 'make', made: null, saved: false });
    window.addEventListener('pagehide', forget);
    return () => window.removeEventListener('pagehide', forget);
  }, [onChange]);

  // Browsers make keys only where nobody can have changed the page on its way.
  if (!window.isSecureContext || failed) return <Notice tone="caution">{t(failed ? 'failed' : 'insecure')}</Notice>;

  function make(event: SyntheticEvent) {
    typed(event.currentTarget);
    makeKey().then(
      (key) => onChange({ way: 'make', made: key, saved: false }),
      () => setFailed(true),
    );
  }
  return (
    <div className="grid gap-1.5">
      {made ? (
        <Made
          made={made}
          saved={saved}
          refusalId={refusalId}
          fileName={fileName}
          onSaved={() => onChange({ way: 'make', made, saved: true })}
        />
      ) : (
        <>
          {/* Named, so that a refusal moves the focus here. */}
          <Button name="publicKey" aria-describedby={`${refusalId} ${hintId}`} onClick={make} className="justify-self-start">
            <Icon of={KeyRound} />
            {t('makeNow')}
          </Button>
          <p id={hintId} className="text-muted text-sm">
            {t('makeHint')}
          </p>
        </>
      )}
      {refusal && (
        <p id={refusalId} className="flex gap-1.5 text-danger text-sm">
          <Icon of={CircleAlert} className="mt-0.5" />
          {made ? refusal : t('makeFirst')}
        </p>
      )}
    </div>
  );
}

/** What counts as typing: a refusal because of the key goes, and the dialog asks before it is closed. */
function typed(button: Element): void {
  button.dispatchEvent(new Event('input', { bubbles: true }));
}

type MadeProps = { made: MadeKey; saved: boolean; refusalId: string; fileName: string; onSaved: () => void };

/** The one moment in which the private key can be saved. */
function Made({ made, saved, refusalId, fileName, onSaved }: MadeProps) {
  const t = useTranslations('tokens.key');
  const button = useRef<HTMLButtonElement>(null);

  function noteSaved() {
    if (button.current) typed(button.current);
    onSaved();
  }

  function download() {
    const url = URL.createObjectURL(new Blob([made.privateText], { type: 'application/json' }));
    Object.assign(document.createElement('a'), { href: url, download: `${fileName}.key.json` }).click();
    URL.revokeObjectURL(url);
    noteSaved();
  }

  return (
    <div className="grid gap-3 rounded-md border border-brass-line bg-brass-soft p-3">
      <div className="grid gap-0.5">
        <p className="text-muted text-sm">{t('thumbprint')}</p>
        <p className="break-all font-mono text-sm">{made.thumbprint}</p>
      </div>
      <p>{t('once')}</p>
      <div className="flex flex-wrap items-center gap-2">
        <Button ref={button} name="publicKey" aria-describedby={refusalId} look={saved ? 'secondary' : 'primary'} onClick={download}>
          <Icon of={Download} />
          {t('download')}
        </Button>
        <CopyButton text={made.privateText} label={t('copy')} done={t('copied')} onCopied={noteSaved} />
        <span role="status" className="inline-flex items-center gap-1.5 text-good text-sm">
          {saved && (
            <>
              <Icon of={Check} />
              {t('saved')}
            </>
          )}
        </span>
      </div>
    </div>
  );
}
