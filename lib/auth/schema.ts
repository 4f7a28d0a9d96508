import { z } from 'zod';
import { emailAddress, personName } from '@/lib/users/schema';

export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 200;

/**
 * A password to be set: 12 to 200 code points (as composed by NFC: what a person sees as a character is not counted twice), anything
 * that Unicode can write, spaces included. No rules of composition (NIST SP 800-63B). The commonest are refused on the server.
 */
export const newPassword = z
  .string()
  .max(LONGEST_PASSWORD * 20, 'too_long')
  .superRefine((text, ctx) => {
    const length = [...text.normalize('NFC')].length;
    // A lone surrogate cannot be written as bytes: two different passwords would become the same.
    const rule =
      length === 0 ? 'required' : /\p{Cs}/u.test(text) ? 'forbidden_characters' : length < SHORTEST_PASSWORD ? 'too_short' : undefined;
    if (rule ?? length > LONGEST_PASSWORD) ctx.addIssue({ code: 'custom', message: rule ?? 'too_long' });
  });

/** A password as somebody claims it: any text, since old rules may have allowed what new ones would not. */
export const givenPassword = z.string().min(1, 'required').max(4000, 'too_long');

/** Codes of links are compared, never parsed: any text of a sane length. */
const code = z.string().trim().min(1, 'required').max(200, 'too_long');

export const setupInput = z.strictObject({ code, name: personName, email: emailAddress, password: newPassword });
export const setPasswordInput = z.strictObject({ code, password: newPassword });
