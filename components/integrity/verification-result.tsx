import { useTranslations } from 'next-intl';
import { Notice } from '@/components/ui/notice';
import { ExactTime, Time } from '@/components/ui/time';
import type { VerificationProblem, VerificationRow } from '@/lib/audit/verification/schema';

/** What a verification found: that all is well, or exactly what is not, the first place first. */
export function VerificationResult({ row }: { row: VerificationRow | null }) {
  const t = useTranslations('integrity');
  if (!row) return <p className="text-muted">{t('never')}</p>;
  const { kind, by, at, events, total, pending, found, problems } = row;
  const when = t.rich(kind === 'asked' ? (by ? 'when.by' : 'when.asked') : `when.${kind}`, {
    name: by ?? '',
    time: () => <Time at={at} />,
  });
  if (found === 0) {
    return (
      <Notice tone="good">
        <p className="font-medium">{t('whole')}</p>
        <p className="numbers">
          {t('size', { events, leaves: total })} {pending > 0 && t('pending', { count: pending })} {when}
        </p>
      </Notice>
    );
  }
  return (
    <Notice tone="danger" role="alert">
      <p className="font-medium">{t('changed')}</p>
      <p>
        {t('found', { count: found })} {when}
      </p>
      <ol className="mt-2 grid grid-cols-1 gap-2">
        {problems.map((problem) => (
          <li key={`${problem.kind} ${problem.leaf} ${problem.detail}`}>
            <Problem problem={problem} />
          </li>
        ))}
      </ol>
      {found > problems.length && <p className="mt-2">{t('more', { count: found - problems.length })}</p>}
      <p className="mt-2">{t('advice')}</p>
    </Notice>
  );
}

/** Where, what and of when; then the words of `npm run audit:verify`, in which it can be searched for and told. */
function Problem({ problem: { kind, leaf, from, to, detail } }: { problem: VerificationProblem }) {
  const t = useTranslations('integrity');
  return (
    <>
      <p>
        {leaf !== null && <strong className="numbers font-medium">{t('leaf', { leaf })} </strong>}
        {t(`problems.${kind}`)}
      </p>
      {(from || to) && (
        <p className="numbers">
          {from ? <ExactTime at={from} precise /> : '…'} – {to ? <ExactTime at={to} precise /> : '…'}
        </p>
      )}
      <p lang="en" className="wrap-anywhere font-mono text-xs">
        {detail}
      </p>
    </>
  );
}
