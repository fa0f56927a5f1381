/** The mark: a play sign struck on an anvil's edge. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect width="32" height="32" rx="9" fill="#c2410c" />
      <path d="M9 8.5c0-.9 1-1.5 1.8-1l12.2 7.1c.9.5.9 1.8 0 2.3L10.8 24.4c-.8.5-1.8-.1-1.8-1z" fill="#fff7ed" />
      <path d="M9 20.2 15.6 16 9 11.8z" fill="#fdba74" />
    </svg>
  )
}
