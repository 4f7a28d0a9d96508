/** Latchkey's mark: a key whose bit is a check mark. Decorative; the name stands beside it. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={className}
    >
      <circle cx="6.5" cy="10" r="4" strokeWidth="2.25" />
      <path d="M10.5 10H21" strokeWidth="2.25" />
      <path d="m13 15.2 2.6 2.8L21 10" strokeWidth="2.25" />
    </svg>
  );
}
