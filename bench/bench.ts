// npm run bench [gate] [peer] [revocation] [console] [export] [audit] [ledger] [streams] [memory] [start]: the figures that Latchkey promises, each beside its peer or its limit, in one run.
import { benchAudit } from '@/bench/audit';
import { benchConsole } from '@/bench/console';
import { benchExport } from '@/bench/export';
import { benchGate } from '@/bench/gate';
import { benchLedger } from '@/bench/ledger';
import { benchMemory } from '@/bench/memory';
import { benchPeer } from '@/bench/peer';
import { benchRevocation } from '@/bench/revocation';
import { benchStart } from '@/bench/start';
import { benchStreams } from '@/bench/streams';

const parts = {
  gate: benchGate,
  peer: benchPeer,
  revocation: benchRevocation,
  console: benchConsole,
  export: benchExport,
  audit: benchAudit,
  ledger: benchLedger,
  streams: benchStreams,
  memory: benchMemory,
  start: benchStart,
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(', ')}: use ${Object.keys(parts).join(', ')}`);

for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  await run();
}
process.exit(0);
