/** Text to be kept as it is, in its lines; what is too wide scrolls by itself. */
export function Note({ label, text }: { label: string; text: string }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-md border border-line bg-surface px-3 py-2"
    >
      <pre className="font-mono text-sm">{text}</pre>
    </section>
  );
}
