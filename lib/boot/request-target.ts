/**
 * The path and query of a request target (RFC 9112, section 3.2): as it is in origin form, out of it in absolute form, whose
 * host nobody needs here. Null for anything else ("*", a host with a port).
 */
export function originForm(target: string | undefined): string | null {
  if (target?.startsWith('/')) return target;
  const rest = /^https?:\/\/[^/?#]*(.*)$/i.exec(target ?? '')?.[1];
  if (rest === undefined) return null;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * The same target with a path that decodes as UTF-8. In one that does not, the percent signs are taken literally: then it is the
 * address of nothing, and answered so, where Next would fail.
 */
export function decodable(target: string): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  try {
    decodeURIComponent(path);
    return target;
  } catch {
    return path.replaceAll('%', '%25') + target.slice(path.length);
  }
}
