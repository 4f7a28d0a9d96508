import type { z } from 'zod';

/** What Next hands to a page. */
export type SearchParams = Record<string, string | string[] | undefined>;

/** A value that a URL can hold; `undefined` and `null` are left out. */
type UrlValue = string | number | null | undefined;

/**
 * Reads typed filters from search parameters. Every field of `schema` has a default and falls back to it by itself
 * (`.catch`), so that no URL is refused; of a repeated parameter the first counts.
 */
export function parseFilters<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, params: SearchParams): z.output<z.ZodObject<Shape>> {
  const known = Object.keys(schema.shape).map((key) => [key, first(Object.hasOwn(params, key) ? params[key] : undefined)]);
  return schema.parse(Object.fromEntries(known));
}

/** The filters of a URL without any: what `hrefOf` leaves out. */
export function defaultFilters<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): z.output<z.ZodObject<Shape>> {
  return schema.parse({});
}

/** The address of `path` with `filters`; what equals its default, is empty or unknown to `defaults` is left out. */
export function hrefOf<Filters extends Record<string, UrlValue>>(path: string, filters: Partial<Filters>, defaults: Filters): string {
  const params = new URLSearchParams();
  for (const key of Object.keys(defaults)) {
    const value = filters[key];
    if (value !== undefined && value !== null && value !== '' && value !== defaults[key]) params.set(key, String(value));
  }
  return params.size === 0 ? path : `${path}?${params}`;
}

/** The address that a page was opened with: what to come back to after signing in. */
export function addressOf(path: string, params: SearchParams): string {
  const pairs = Object.entries(params).flatMap(([key, value]) => [value ?? []].flat().map((one) => [key, one]));
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
