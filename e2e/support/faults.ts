import type { BrowserContext, ConsoleMessage, Response } from '@playwright/test';

/** What went wrong in a browser without anybody seeing it. */
export type Faults = {
  /** Faults that a story provokes on purpose. */
  expect: (pattern: RegExp) => void;
  found: () => string[];
};

/** Collects errors of console and pages, violations of the content security policy, and answers from 500 on. */
export function watch(context: BrowserContext): Faults {
  const faults: string[] = [];
  const expected: RegExp[] = [];
  context.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (thrown) => {
    const { name, message, stack } = thrown.error();
    // What is thrown and is no Error has no stack.
    faults.push(`page: ${stack || `${name}: ${message}`} (${thrown.page()?.url()})`);
  });
  context.on('response', (response: Response) => {
    if (response.status() >= 500) faults.push(`${response.status()} from ${response.url()}`);
  });
  return {
    expect: (pattern) => expected.push(pattern),
    found: () => faults.filter((fault) => !expected.some((pattern) => pattern.test(fault))),
  };
}
