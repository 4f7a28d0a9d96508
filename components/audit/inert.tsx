import { inertParts } from '@/lib/inert';

/** Text that a stranger sent, with what is hidden in it spelled out as U+000A. */
export function Inert({ text }: { text: string }) {
  return (
    <bdi>
      {inertParts(text).map((part, place) =>
        place % 2 === 0 ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, which never changes
          <span key={place} className="mx-px rounded-sm bg-caution-soft px-0.5 text-caution text-xs">
            {part}
          </span>
        ),
      )}
    </bdi>
  );
}
