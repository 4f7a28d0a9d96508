import { useTranslations } from 'next-intl';
import { isClient, type Tool, toolNames, tools } from '@/components/token/snippets';
import { CopyButton } from '@/components/ui/copy-button';
import { LinkSwitch } from '@/components/ui/link-switch';
import { Section } from '@/components/ui/section';

type Props = {
  tool: Tool;
  /** The token's page with that one. */
  href: (tool: Tool) => string;
  /** What to write where; `place` null: typed into a shell or put into a program. */
  blocks: { place: string | null; text: string }[];
  /** Whether each request needs a proof beside the token. */
  isBound: boolean;
};

/** "Use this token": how programs send it, and how gateways ask about it. Which one is shown is in the URL. */
export function UseToken({ tool, href, blocks, isBound }: Props) {
  const t = useTranslations('token.use');
  return (
    <Section id="use" title={t('title')} description={t(isClient(tool) ? (isBound ? 'proof' : 'client') : 'gateway')}>
      <LinkSwitch choices={tools} chosen={tool} href={href} words={(one) => toolNames[one]} label={t('tools')} className="-mx-1" />
      {blocks.map(({ place, text }) => (
        <figure key={place ?? tool} className="grid min-w-0 grid-cols-1 overflow-hidden rounded-lg border border-line bg-surface">
          <figcaption className="flex min-h-11 items-center justify-between gap-4 border-line border-b py-1 pr-1.5 pl-4">
            <span className="min-w-0 truncate font-mono text-muted text-sm">{place ?? toolNames[tool]}</span>
            <CopyButton text={text} look="ghost" label={t('copy')} done={t('copied')} />
          </figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0} className="max-h-96 overflow-auto p-4 font-mono text-sm [overflow-wrap:normal]">
            {text}
          </pre>
        </figure>
      ))}
      {!isClient(tool) && (
        <p className="text-muted text-sm">
          {t.rich('recipe', { page: `docs/gateways/${tool}.md`, code: (text) => <code className="font-mono">{text}</code> })}
        </p>
      )}
    </Section>
  );
}
