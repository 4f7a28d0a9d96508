import { boot } from '@/lib/boot/boot';
import { createLog } from '@/lib/boot/log';
import { fillDemo } from '@/lib/demo/fill';
import { claimDemoFolder } from '@/lib/demo/folder';
import { DEMO_PASSWORD, demoSignIns } from '@/lib/demo/people';
import { parseEnv } from '@/lib/env';

const ROLES = { admin: 'administrator', auditor: 'auditor', member: 'member' };

/** Fills the demo's own database, unless that has been done, and says how to sign in. The server is started afterwards. */
async function main(): Promise<void> {
  const env = parseEnv();
  await claimDemoFolder(env.dataDir);
  const { stop } = await boot(env, createLog({ logLevel: 'warn' }), process.cwd());
  try {
    if (await fillDemo()) console.log(`The demo has been filled, in ${env.dataDir}.`);
  } finally {
    await stop();
  }
  const lines = demoSignIns.map(({ email, name, role }) => `    ${email.padEnd(20)} ${name}, ${ROLES[role]}`);
  console.log(`\n  Sign in to the demo with the password ${DEMO_PASSWORD} as\n\n${lines.join('\n')}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`\nThe demo cannot start.\n${error.message}\n`);
  process.exit(1);
});
