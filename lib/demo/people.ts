import type { Role } from '@/lib/permissions/permissions';

/** What everybody in the demo signs in with. It is in the documentation: a demo belongs on a machine of one's own. */
export const DEMO_PASSWORD = 'only-for-the-demo';

/** Somebody of the demo's organisation. Days are counted back from today. */
export type DemoPerson = {
  key: string;
  name: string;
  role: Role;
  /** When an administrator added them. */
  added: number;
  /** They have a one-time link and have not used it. */
  invited?: true;
  disabled?: number;
  /** Their network and their browser. */
  ip: string;
  browser: string;
};

const linux = 'Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0';
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36';
const windows =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0';

/** Made-up people: given names and birds or trees. The first one set Latchkey up. */
export const people: readonly DemoPerson[] = [
  { key: 'ada', name: 'Ada Heron', role: 'admin', added: 42, ip: '198.51.100.21', browser: linux },
  { key: 'chen', name: 'Chen Willow', role: 'admin', added: 42.5, ip: '198.51.100.34', browser: mac },
  { key: 'ines', name: 'Ines Birch', role: 'auditor', added: 41.2, ip: '198.51.100.58', browser: windows },
  { key: 'bram', name: 'Bram Alder', role: 'member', added: 41.1, ip: '198.51.100.22', browser: linux },
  { key: 'dina', name: 'Dina Finch', role: 'member', added: 40.9, ip: '198.51.100.40', browser: mac },
  { key: 'emre', name: 'Emre Cedar', role: 'member', added: 40.1, ip: '2001:db8:51:100::17', browser: linux },
  { key: 'femke', name: 'Femke Linden', role: 'member', added: 38.2, ip: '198.51.100.45', browser: windows },
  { key: 'guo', name: 'Guo Maple', role: 'member', added: 38.4, ip: '2001:db8:51:100::2c', browser: mac },
  { key: 'hana', name: 'Hana Wren', role: 'member', added: 30.2, ip: '198.51.100.63', browser: mac },
  { key: 'jonas', name: 'Jonas Kestrel', role: 'member', added: 36.1, disabled: 5.2, ip: '198.51.100.71', browser: windows },
  { key: 'lotte', name: 'Lotte Hazel', role: 'member', added: 16.1, ip: '198.51.100.80', browser: linux },
  { key: 'omar', name: 'Omar Sparrow', role: 'member', added: 1.2, invited: true, ip: '198.51.100.91', browser: linux },
];

/** A person's address in the demo. */
export function emailOf({ key }: Pick<DemoPerson, 'key'>): string {
  return `${key}@example.org`;
}

/** Whom a visitor of the demo may be: an administrator, an auditor, two members. */
export const demoSignIns = ['ada', 'ines', 'bram', 'dina'].map((key) => {
  const person = people.find((one) => one.key === key) as DemoPerson;
  return { email: emailOf(person), name: person.name, role: person.role };
});
