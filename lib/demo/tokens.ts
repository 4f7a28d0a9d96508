import { z } from 'zod';
import { tokenName } from '@/lib/tokens/schema';

/** When a token is used: by a service all day, in office hours, by a job at night. */
export type Rhythm = 'steady' | 'office' | 'nightly';

/** How often, when and by whom a token is shown to which gateway. A "#" in `path` stands for a number. */
export type DemoUse = { rhythm: Rhythm; perDay: number; ip: string; agent: string; path: string };

/**
 * What became of a token, so many days ago. `extended`: it was made for 30 days, and its end was moved then. `visited`: it was
 * used once by a stranger. `note`: its old name, or why, or from where.
 */
type Later = { what: 'renamed' | 'extended' | 'regenerated' | 'suspended' | 'deleted' | 'visited'; ago: number; note?: string };

/** A token of the demo: made `born` days ago, for `life` days or for ever. */
export type DemoToken = {
  owner: string;
  name: string;
  description: string;
  born: number;
  life: number | null;
  use: DemoUse | undefined;
  later: Later | undefined;
};

// owner | name | made, days ago | for how many days | rhythm, uses a day, address, client, request | description | what became of it
const TABLE = `
ada   | Web shop                 | 41.4 | 365 | steady 139 192.0.2.10 node GET api.example.org/v2/orders/#                                 | Storefront to order service             | renamed 33.2 Storefront
ada   | CI pipeline              | 25.3 | 30  | office 64 192.0.2.31 curl/8.14.1 POST builds.example.org/v1/artifacts                      | Publishes builds of every merged change
ada   | Nightly backup           | 40.7 | 90  | nightly 36 192.0.2.40 curl/8.14.1 PUT backup.example.org/v1/dumps/#                        | Database dumps to cold storage
ada   | Metrics dashboard        | 39.3 | -   | steady 63 2001:db8:12::5 Go-http-client/2.0 GET metrics.example.org/v1/query               |                                         | regenerated 12.4
ada   | Staging deploy           | 3.1  | 7   | office 22 192.0.2.31 curl/8.14.1 POST deploy.example.org/v1/staging                        | Used by the release checklist
ada   | Production deploy        | 34.1 | 60  | office 7 192.0.2.31 curl/8.14.1 POST deploy.example.org/v1/production
ada   | Status page              | 37.1 | 365 | steady 48 203.0.113.20 Go-http-client/2.0 GET api.example.org/v2/health                    | Health checks from outside
ada   | Load test, autumn        | 20.2 | 7   | office 90 192.0.2.77 Go-http-client/2.0 GET api.example.org/v2/search                      | One-off, before the campaign
ada   | Laptop                   | 28.4 | 90  | office 5 198.51.100.21 curl/8.14.1 GET api.example.org/v2/customers/#                      | Trying things out by hand               | suspended 1.3 Left on a train, until it turns up
ada   | Incident runbook         | 12.2 | 365 |                                                                                            | Break glass: read the runbook first
ada   | Old storefront           | 41.3 | -   | steady 40 192.0.2.9 python-requests/2.32.5 GET api.example.org/v1/orders/#                 |                                         | deleted 19.3
chen  | Infrastructure plans     | 41.2 | 90  | office 30 192.0.2.32 Go-http-client/2.0 GET infra.example.org/v1/state/#
chen  | Certificate renewal      | 38.4 | 365 | nightly 4 192.0.2.33 Go-http-client/2.0 POST acme.example.org/v1/orders
chen  | Log shipper              | 36.2 | 365 | steady 79 2001:db8:12::21 Go-http-client/2.0 POST logs.example.org/v1/batches              | From every node of the cluster          | extended 9.4
chen  | Registry mirror          | 27.3 | 30  | nightly 60 192.0.2.34 Go-http-client/2.0 GET registry.example.org/v2/images/#
chen  | Node bootstrap           | 33.4 | 30  | office 6 192.0.2.35 curl/8.14.1 POST infra.example.org/v1/nodes
chen  | Alert relay              | 22.1 | 60  | steady 12 192.0.2.36 python-requests/2.32.5 POST alerts.example.org/v1/events
chen  | Disaster drill           | 8.2  | 30
chen  | Jump host                | 40.2 | -   | office 3 192.0.2.37 curl/8.14.1 GET infra.example.org/v1/nodes/#                           |                                         | deleted 26.1
ines  | Quarterly export         | 20.4 | 90  | office 2 198.51.100.58 python-requests/2.32.5 GET reports.example.org/v1/quarters/#        | Evidence for the yearly review
ines  | Spreadsheet              | 35.3 | 7   | office 4 198.51.100.58 python-requests/2.32.5 GET reports.example.org/v1/summary
bram  | Warehouse sync           | 40.3 | 365 | steady 99 192.0.2.50 python-requests/2.32.5 PATCH stock.example.org/v1/items/#             | Stock levels, every few minutes         | regenerated 3.3
bram  | Label printer            | 39.4 | -   | office 80 198.51.100.110 python-requests/2.32.5 POST shipping.example.org/v1/labels            |                                         | visited 1.4 203.0.113.77
bram  | Stock count scanner      | 31.3 | 60  | office 45 198.51.100.111 okhttp/5.1.0 PUT stock.example.org/v1/items/#
bram  | Returns desk             | 26.2 | 30  | office 14 198.51.100.112 okhttp/5.1.0 POST returns.example.org/v1/parcels
bram  | Carrier webhook          | 30.4 | 90  | steady 26 203.0.113.64 node POST shipping.example.org/v1/tracking/#
bram  | Inventory import (trial) | 37.4 | 7   | nightly 10 192.0.2.51 python-requests/2.32.5 POST stock.example.org/v1/imports
dina  | Mobile app               | 38.3 | 90  | steady 92 192.0.2.60 okhttp/5.1.0 GET api.example.org/v2/catalogue/#                       | Release channel
dina  | Mobile app (beta)        | 24.2 | 30  | office 26 192.0.2.61 okhttp/5.1.0 GET api.example.org/v2/catalogue/#                       | Testers only
dina  | Push notifications       | 29.2 | 365 | steady 16 192.0.2.62 node POST push.example.org/v1/messages
dina  | Screenshot tests         | 16.3 | 60  | nightly 28 192.0.2.31 node GET api.example.org/v2/catalogue/#
dina  | Crash reports            | 34.3 | 365 | steady 8 192.0.2.63 okhttp/5.1.0 POST crashes.example.org/v1/reports
dina  | Prototype                | 32.4 | 7
dina  | Tablet in the hall       | 30.1 | -   | office 9 198.51.100.120 okhttp/5.1.0 GET api.example.org/v2/openings                       |                                         | deleted 4.4
emre  | Search indexer           | 39.2 | 365 | steady 55 2001:db8:12::30 Go-http-client/2.0 GET api.example.org/v2/changes/#              | Rebuilds what changed
emre  | Recommendations          | 33.3 | 60  | steady 32 2001:db8:12::31 python-requests/2.32.5 GET api.example.org/v2/baskets/#
emre  | Notebook                 | 18.3 | 30  | office 11 2001:db8:51:100::17 python-requests/2.32.5 GET warehouse.example.org/v1/tables/# | Exploring, on the big machine
emre  | Price feed               | 27.1 | 30  | nightly 48 192.0.2.70 python-requests/2.32.5 GET prices.example.org/v1/feeds/#
emre  | Thesis data set          | 40.4 | 30  | nightly 8 192.0.2.71 python-requests/2.32.5 GET warehouse.example.org/v1/tables/#
emre  | GPU queue                | 10.4 | 90  | office 6 2001:db8:12::32 python-requests/2.32.5 POST jobs.example.org/v1/runs
femke | Invoice export           | 37.2 | 90  | nightly 20 192.0.2.80 python-requests/2.32.5 GET billing.example.org/v1/invoices/#         | To the accountants, on weekdays
femke | Payment reconciliation   | 36.3 | 60  | nightly 32 192.0.2.81 python-requests/2.32.5 GET billing.example.org/v1/payments/#         |                                         | regenerated 15.2
femke | Tax report               | 14.2 | 365
femke | Year-end archive         | 41.1 | 365 |                                                                                            | Only ever needed in January             | visited 2.3 198.51.100.45
femke | Bank statement import    | 28.2 | 30  | nightly 6 192.0.2.82 curl/8.14.1 POST billing.example.org/v1/statements
femke | Spreadsheet add-in       | 35.2 | 30  | office 10 198.51.100.45 Excel/16.0 GET billing.example.org/v1/invoices/#
guo   | Partner gateway          | 37.3 | 365 | steady 119 203.0.113.130 Go-http-client/2.0 POST partners.example.org/v1/orders            | Orders of three resellers               | extended 21.3
guo   | Reseller sandbox         | 23.2 | 60  | office 12 203.0.113.131 curl/8.14.1 POST partners.example.org/v1/sandbox               |                                         | suspended 5.2 Under review after a burst of orders
guo   | Catalogue feed           | 34.4 | 90  | nightly 40 203.0.113.132 curl/8.14.1 GET partners.example.org/v1/catalogue/#
guo   | Partner onboarding       | 4.2  | 7   | office 5 203.0.113.133 curl/8.14.1 GET partners.example.org/v1/terms
guo   | Partner gateway (old)    | 37.6 | 30  | steady 20 203.0.113.129 Go-http-client/2.0 POST partners.example.org/v1/orders             |                                         | deleted 11.3
hana  | Support desk             | 29.3 | 60  | office 58 198.51.100.63 node GET api.example.org/v2/orders/#                               | Look up an order while on the phone
hana  | Chat widget              | 21.2 | 90  | steady 24 192.0.2.90 node GET api.example.org/v2/orders/#
hana  | Survey mailer            | 19.2 | 30
jonas | Ad campaign report       | 35.1 | 60  | nightly 16 192.0.2.95 python-requests/2.32.5 GET reports.example.org/v1/campaigns/#
jonas | Newsletter sync          | 32.1 | 90  | steady 13 192.0.2.96 node GET api.example.org/v2/subscribers/#
jonas | Landing pages            | 22.3 | 30  | office 8 198.51.100.71 node GET api.example.org/v2/catalogue/#
lotte | Translation sync         | 15.3 | 90  | nightly 12 192.0.2.99 curl/8.14.1 GET texts.example.org/v1/languages/#                     | Texts to and from the translators
lotte | Style checker            | 14.3 | 30  | office 7 198.51.100.80 node POST texts.example.org/v1/checks
lotte | First try                | 15.2 | 7   |                                                                                            |                                         | deleted 15.6
`;

const row = z
  .string()
  .transform((line) => line.split('|').map((cell) => cell.trim()))
  .pipe(z.tuple([z.string().min(1), tokenName, z.coerce.number<string>(), z.string()]).rest(z.string()));

/** The organisation's tokens: a web shop with a warehouse, partners and an app. */
export const tokens: readonly DemoToken[] = TABLE.trim().split('\n').map(parseRow);

function parseRow(line: string): DemoToken {
  const [owner, name, born, life, use = '', description = '', later] = row.parse(line);
  return { owner, name, description, born, life: life === '-' ? null : Number(life), use: parseUse(use), later: parseLater(later) };
}

function parseUse(text: string): DemoUse | undefined {
  const [rhythm, perDay, ip = '', agent = '', ...path] = text.split(' ');
  return rhythm ? { rhythm: rhythm as Rhythm, perDay: Number(perDay), ip, agent, path: path.join(' ') } : undefined;
}

function parseLater(text: string | undefined): Later | undefined {
  const [what, ago, ...note] = text?.split(' ') ?? [];
  return what ? { what: what as Later['what'], ago: Number(ago), note: note.join(' ') || undefined } : undefined;
}
