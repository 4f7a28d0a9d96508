/** The cookie that remembers a folded sidebar. */
export const SIDEBAR_COOKIE = 'latchkey-sidebar';
