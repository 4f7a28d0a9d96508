/** What a Chromium is started with. */
export const browserArgs: string[];
/** The path of a browser that is there, or undefined. */
export function browserPath(): string | undefined;
/** The same, but gets one first when there is none. Throws when that fails. */
export function ensureBrowser(): string;
/** Whether there is a file that may be run. */
export function isProgram(path: string): boolean;
