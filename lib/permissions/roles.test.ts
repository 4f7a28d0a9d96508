import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { acknowledgeAlert, changeRule } from '@/lib/alerts/commands';
import { countOpenAlerts, listAlerts, listRules, openAlertsOf } from '@/lib/alerts/queries';
import { alertFilters } from '@/lib/alerts/schema';
import { auditActivity } from '@/lib/audit/activity';
import { getEventContext } from '@/lib/audit/context';
import { exportAuditEvents } from '@/lib/audit/export';
import { beginExport, cancelExport, deleteExport } from '@/lib/audit/exports/commands';
import { downloadExport } from '@/lib/audit/exports/download';
import { exportSize, exportsUnderWay, listExports } from '@/lib/audit/exports/queries';
import { listNewerEvents, liveFigures } from '@/lib/audit/live';
import { suggestNames } from '@/lib/audit/names';
import { getAuditEvent } from '@/lib/audit/queries';
import { auditQuery } from '@/lib/audit/schema';
import { countEvents } from '@/lib/audit/totals';
import { requestVerification } from '@/lib/audit/verification/commands';
import { getIntegrity, getVerification, lastVerification } from '@/lib/audit/verification/queries';
import { deleteView, listViews, renameView, saveView, updateView } from '@/lib/audit/views';
import { db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Actor, Role } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { changeStream, createStream, deleteStream, pauseStream, resumeStream, rotateSigningKey } from '@/lib/streams/commands';
import { listRefusedBatches, listStreams } from '@/lib/streams/queries';
import { newSigningKey, sealSecret } from '@/lib/streams/secrets';
import { discardBatch, resendBatch, testStream } from '@/lib/streams/trials';
import { createActor, testDatabase } from '@/lib/testing/database';
import { changeAccess } from '@/lib/tokens/access';
import { bindToken, unbindToken } from '@/lib/tokens/binding';
import { changeExpiration, createToken, deleteToken, regenerateToken, renameToken } from '@/lib/tokens/commands';
import { extendGrace, finishGrace } from '@/lib/tokens/grace';
import { getOldValue } from '@/lib/tokens/old-value';
import { accessChoices, getToken, listTokens } from '@/lib/tokens/queries';
import { tokenFilters } from '@/lib/tokens/schema';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';
import { overviewUsage, tokenUsage, usageWeeks } from '@/lib/usage/queries';

/*
 * Who may do what to whose: one table over all commands and queries. A new one gets its line here.
 */

testDatabase();

type Answer = 'yes' | 'forbidden' | 'not_found';

/** What an operation is tried on: somebody's token and what belongs to it; and a stream with a refused batch, which are nobody's. */
type Subject = { ownerId: string; tokenId: string; name: string; eventId: string; streamId: string };

type Operation = {
  name: string;
  run: (actor: Actor, subject: Subject) => Promise<unknown>;
  /** Over what is somebody else's. Over one's own everybody gets "yes" unless `own` says otherwise; over what does not exist, `missing`. */
  other: Record<Role, Answer>;
  own?: Record<Role, Answer>;
  missing?: Record<Role, Answer>;
  /** Brings the token into the state that the operation is for. */
  prepare?: (subject: Subject) => Promise<unknown>;
};

const all = (answer: Answer): Record<Role, Answer> => ({ member: answer, auditor: answer, admin: answer });
const seen: Record<Role, Answer> = { member: 'not_found', auditor: 'yes', admin: 'yes' };
const changed: Record<Role, Answer> = { member: 'not_found', auditor: 'forbidden', admin: 'yes' };
/** Nobody sees a secret that is not their own. */
const kept: Record<Role, Answer> = { member: 'not_found', auditor: 'forbidden', admin: 'forbidden' };

const REPLACED_UNTIL = new Date(Date.now() + 600_000).toISOString();

/** Gives the token a value from before the present one, which still works. */
const replaced = ({ tokenId }: Subject) =>
  db().tokenSecret.create({
    data: {
      ...{ digest: randomBytes(32), keyId: 'none', tokenId, generation: 0, createdAt: new Date() },
      ...{ supersededAt: new Date(), validUntil: REPLACED_UNTIL },
    },
  });
const PUBLIC_KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;

/** A stream, and a batch of the same id that was refused. */
async function streaming({ streamId: id }: Subject): Promise<void> {
  await db().sink.create({
    data: { id, kind: 'stdout', name: id, nameKey: id, settings: { target: 'stdout' }, position: 0, createdAt: new Date() },
  });
  await db().sinkDeadLetter.create({ data: { id, sinkId: id, position: 0, skip: 0, batch: 1, error: 'status 400', at: new Date() } });
}

/** A webhook. */
async function keyed({ streamId: id }: Subject): Promise<void> {
  const secret = sealSecret(runtime().keys.stream, id, { url: 'https://198.41.0.4/', signingKey: newSigningKey() });
  await db().sink.create({
    data: { id, kind: 'webhook', name: id, nameKey: id, settings: { target: '198.41.0.4' }, secret, position: 0, createdAt: new Date() },
  });
}

/** An open alert about the token. */
const alarmed = ({ streamId: id, tokenId, ownerId }: Subject) =>
  db().alert.create({
    data: {
      ...{ id, rule: 'dormant', subject: tokenId, tokenId, ownerId, requests: 1, firstId: id, lastId: id, figures: { days: 30 } },
      ...{ raisedAt: new Date() },
    },
  });

/** A view of the token's owner, under the token's id. */
const viewing =
  (shared: boolean) =>
  async ({ ownerId, tokenId: id }: Subject) => {
    await db().auditView.create({ data: { id, ownerId, name: id, nameKey: id, shared, query: '', createdAt: new Date() } });
  };

/** An export of the token's owner, under the token's id. */
const exporting =
  (state: 'queued' | 'done') =>
  async ({ ownerId, tokenId: id, eventId }: Subject) => {
    const file = { format: 'csv', query: '', filters: {}, fileName: 'x.csv', sha256: 'x', chunks: 1, expiresAt: REPLACED_UNTIL };
    await db().auditExport.create({ data: { id, ownerId, eventId, state, origin: {}, askedAt: new Date(), ...file } });
  };
/** Not even administrators see those of others; members have none. */
const onlyTheirs = { other: all('not_found'), own: seen };

/** Nobody's own: what holds for others' holds for all. */
const organisation = (answers: Record<Role, Answer>, missing: Record<Role, Answer>) => ({
  prepare: streaming,
  other: answers,
  own: answers,
  missing,
});
/** To auditors, who may look and not touch, what is missing is forbidden like what is there. */
const steered = organisation(changed, { member: 'not_found', auditor: 'forbidden', admin: 'not_found' });

const operations: Operation[] = [
  {
    name: 'listTokens',
    run: (actor, { ownerId }) => listTokens(actor, ownerId, tokenFilters.parse({})),
    other: seen,
    // A user who does not exist has no tokens: auditors and administrators see as much.
    missing: seen,
  },
  { name: 'getToken', run: (actor, { tokenId }) => getToken(actor, tokenId), other: seen },
  { name: 'renameToken', run: (actor, { tokenId }) => renameToken(actor, { id: tokenId, name: 'renamed' }), other: changed },
  {
    name: 'changeExpiration',
    run: (actor, { tokenId }) => changeExpiration(actor, { id: tokenId, expiration: { kind: 'days', days: 7 } }),
    other: changed,
  },
  { name: 'changeAccess', run: (actor, { tokenId }) => changeAccess(actor, { id: tokenId, scopes: ['a'] }), other: changed },
  {
    name: 'changeAccess (limit)',
    run: (actor, { tokenId }) => changeAccess(actor, { id: tokenId, limit: { requests: 5, windowSeconds: 60 } }),
    other: changed,
  },
  {
    name: 'bindToken',
    run: (actor, { tokenId }) => bindToken(actor, { id: tokenId, publicKey: PUBLIC_KEY, from: null }),
    other: changed,
  },
  {
    name: 'unbindToken',
    prepare: ({ tokenId }) => db().token.update({ where: { id: tokenId }, data: { boundJwk: PUBLIC_KEY, boundThumbprint: 'thumbprint' } }),
    run: (actor, { tokenId }) => unbindToken(actor, { id: tokenId, from: 'thumbprint' }),
    other: changed,
  },
  // About nobody in particular: it gives what one may see.
  { name: 'accessChoices', run: (actor) => accessChoices(actor), other: all('yes'), missing: all('yes') },
  { name: 'suspendToken', run: (actor, { tokenId }) => suspendToken(actor, { id: tokenId, reason: 'because' }), other: changed },
  {
    name: 'resumeToken',
    // By its owner: what an administrator suspended is another matter (suspension.test.ts).
    prepare: ({ tokenId }) =>
      db()
        .$executeRaw`UPDATE token SET suspended_at = now(), suspended_reason = 'because', suspended_by_id = owner_id WHERE id = ${tokenId}::uuid`,
    run: (actor, { tokenId }) => resumeToken(actor, { id: tokenId }),
    other: changed,
  },
  { name: 'regenerateToken', run: (actor, { tokenId }) => regenerateToken(actor, { id: tokenId, generation: 1 }), other: kept },
  { name: 'getOldValue', run: (actor, { tokenId }) => getOldValue(actor, tokenId), other: seen },
  {
    name: 'finishGrace',
    prepare: replaced,
    run: (actor, { tokenId }) => finishGrace(actor, { id: tokenId, generation: 1 }),
    other: changed,
  },
  {
    name: 'extendGrace',
    prepare: replaced,
    run: (actor, { tokenId }) => extendGrace(actor, { id: tokenId, generation: 1, until: REPLACED_UNTIL, graceSeconds: 3600 }),
    other: changed,
  },
  { name: 'deleteToken', run: (actor, { tokenId, name }) => deleteToken(actor, { id: tokenId, confirmName: name }), other: changed },
  {
    name: 'exportAuditEvents',
    // About nobody in particular: to members, all alike, it is not there.
    run: async (actor) => (await exportAuditEvents(actor, {}, 'csv', async () => true)).body.cancel(),
    other: seen,
    own: seen,
    missing: seen,
  },
  { name: 'exportSize', run: (actor) => exportSize(actor, auditQuery.parse({}), 'UTC'), other: seen, own: seen, missing: seen },
  { name: 'listExports', run: (actor) => listExports(actor), other: seen, own: seen, missing: seen },
  { name: 'exportsUnderWay', run: (actor) => exportsUnderWay(actor), other: all('yes'), missing: all('yes') },
  {
    name: 'beginExport',
    run: (actor) => beginExport(actor, { query: auditQuery.parse({}), format: 'csv' }, 'UTC'),
    other: seen,
    own: seen,
    missing: seen,
  },
  { name: 'cancelExport', run: (actor, { tokenId: id }) => cancelExport(actor, { id }), prepare: exporting('queued'), ...onlyTheirs },
  { name: 'deleteExport', run: (actor, { tokenId: id }) => deleteExport(actor, { id }), prepare: exporting('done'), ...onlyTheirs },
  {
    name: 'downloadExport',
    run: async (actor, { tokenId: id }) => (await downloadExport(actor, id, async () => true)).body.cancel(),
    prepare: exporting('done'),
    ...onlyTheirs,
  },
  { name: 'getIntegrity', run: (actor) => getIntegrity(actor), other: seen, own: seen, missing: seen },
  { name: 'getVerification', run: (actor) => getVerification(actor), other: seen, own: seen, missing: seen },
  { name: 'lastVerification', run: (actor) => lastVerification(actor), other: seen, own: seen, missing: seen },
  { name: 'requestVerification', run: (actor) => requestVerification(actor), other: seen, own: seen, missing: seen },
  { name: 'tokenUsage', run: (actor, { tokenId }) => tokenUsage(actor, tokenId, '7d', 'UTC'), other: seen },
  {
    name: 'usageWeeks',
    run: (actor, { ownerId, tokenId }) => usageWeeks(actor, ownerId, [tokenId], 'UTC'),
    other: seen,
    // As with the list of tokens: who does not exist has none.
    missing: seen,
  },
  // About nobody in particular: it gives what one may see.
  { name: 'overviewUsage', run: (actor) => overviewUsage(actor, '24h', 'UTC'), other: all('yes'), missing: all('yes') },
  {
    name: 'listNewerEvents',
    // About nobody in particular: it gives what one may see.
    run: (actor) => listNewerEvents(actor, auditQuery.parse({}), new Date().toISOString(), 'UTC'),
    other: all('yes'),
    missing: all('yes'),
  },
  { name: 'liveFigures', run: (actor) => liveFigures(actor, auditQuery.parse({}), 'UTC'), other: all('yes'), missing: all('yes') },
  { name: 'getEventContext', run: (actor, { eventId }) => getEventContext(actor, eventId), other: seen },
  { name: 'getAuditEvent', run: (actor, { eventId }) => getAuditEvent(actor, eventId), other: seen },
  // About nobody in particular: they give what one may see.
  { name: 'listAlerts', run: (actor) => listAlerts(actor, alertFilters.parse({})), other: all('yes'), missing: all('yes') },
  { name: 'countOpenAlerts', run: (actor) => countOpenAlerts(actor), other: all('yes'), missing: all('yes') },
  { name: 'openAlertsOf', run: (actor, { tokenId }) => openAlertsOf(actor, tokenId), other: all('yes'), missing: all('yes') },
  {
    name: 'acknowledgeAlert',
    prepare: alarmed,
    run: (actor, { streamId }) => acknowledgeAlert(actor, { id: streamId, note: 'seen' }),
    other: changed,
    // Who took an account over must not silence the alert about that.
    own: { ...changed, member: 'forbidden' },
  },
  { name: 'listRules', run: (actor) => listRules(actor), other: seen, own: seen, missing: seen },
  {
    name: 'changeRule',
    run: (actor) => changeRule(actor, { rule: 'dormant', enabled: true, suspends: false, thresholds: { days: 31 } }),
    other: changed,
    own: changed,
    missing: changed,
  },
  {
    name: 'auditActivity',
    run: (actor) => auditActivity(actor, {}, 'UTC'),
    other: all('yes'),
    missing: all('yes'),
  },
  { name: 'countEvents', run: (actor) => countEvents(actor, {}), other: all('yes'), missing: all('yes') },
  { name: 'suggestNames', run: (actor, { name }) => suggestNames(actor, 'token', name), other: all('yes'), missing: all('yes') },
  { name: 'listViews', run: (actor) => listViews(actor), other: all('yes'), missing: all('yes') },
  {
    name: 'saveView',
    run: (actor) => saveView(actor, { name: randomUUID(), shared: false, query: '' }),
    other: all('yes'),
    missing: all('yes'),
  },
  {
    name: 'saveView, shared',
    run: (actor) => saveView(actor, { name: randomUUID(), shared: true, query: '' }),
    other: seen,
    own: seen,
    missing: seen,
  },
  {
    name: 'updateView',
    run: (actor, { tokenId: id }) => updateView(actor, { id, query: 'outcome=refused' }),
    ...{ prepare: viewing(false), other: all('not_found') },
  },
  {
    name: 'renameView',
    run: (actor, { tokenId: id }) => renameView(actor, { id, name: 'new' }),
    ...{ prepare: viewing(false), other: all('not_found') },
  },
  {
    name: 'deleteView',
    run: (actor, { tokenId: id }) => deleteView(actor, { id }),
    ...{ prepare: viewing(false), other: all('not_found') },
  },
  {
    name: 'updateView, shared',
    run: (actor, { tokenId: id }) => updateView(actor, { id, query: 'outcome=refused' }),
    prepare: viewing(true),
    other: { member: 'not_found', auditor: 'forbidden', admin: 'forbidden' },
    own: { member: 'forbidden', auditor: 'yes', admin: 'yes' },
  },
  {
    name: 'renameView, shared',
    run: (actor, { tokenId: id }) => renameView(actor, { id, name: 'new' }),
    prepare: viewing(true),
    other: changed,
    own: { member: 'forbidden', auditor: 'yes', admin: 'yes' },
  },
  { name: 'deleteView, shared', run: (actor, { tokenId: id }) => deleteView(actor, { id }), prepare: viewing(true), other: changed },
  { name: 'listStreams', run: (actor) => listStreams(actor), other: seen, own: seen, missing: seen },
  { name: 'listRefusedBatches', run: (actor) => listRefusedBatches(actor), other: seen, own: seen, missing: seen },
  {
    name: 'createStream',
    // There can be no more than so many, and the other lines of this table leave theirs.
    prepare: () => db().sink.deleteMany(),
    run: async (actor) => deleteStream(actor, await createStream(actor, { kind: 'stdout', name: 'new', start: 'now' })),
    other: changed,
    own: changed,
    missing: changed,
  },
  {
    name: 'changeStream',
    ...steered,
    run: (actor, { streamId }) => changeStream(actor, { id: streamId, kind: 'stdout', name: `${streamId} renamed` }),
  },
  {
    name: 'rotateSigningKey',
    ...steered,
    prepare: keyed,
    run: (actor, { streamId: id }) => rotateSigningKey(actor, { id, overlapHours: 24 }),
  },
  { name: 'pauseStream', run: (actor, { streamId }) => pauseStream(actor, { id: streamId }), ...steered },
  { name: 'resumeStream', run: (actor, { streamId }) => resumeStream(actor, { id: streamId }), ...steered },
  { name: 'testStream', run: (actor, { streamId }) => testStream(actor, { id: streamId }), ...steered },
  { name: 'resendBatch', run: (actor, { streamId }) => resendBatch(actor, { id: streamId }), ...steered },
  { name: 'discardBatch', run: (actor, { streamId }) => discardBatch(actor, { id: streamId }), ...steered },
  { name: 'deleteStream', run: (actor, { streamId }) => deleteStream(actor, { id: streamId }), ...steered },
];

const MISSING: Subject = {
  ownerId: '0195f3a0-0000-7000-8000-000000000001',
  tokenId: '0195f3a0-0000-7000-8000-000000000002',
  name: 'missing',
  eventId: '0195f3a0-0000-7000-8000-000000000003',
  streamId: '0195f3a0-0000-7000-8000-000000000004',
};

async function answer(operation: Operation, actor: Actor, subject: Subject): Promise<Answer> {
  try {
    await operation.run(actor, subject);
    return 'yes';
  } catch (error) {
    if (error instanceof AppError && (error.code === 'forbidden' || error.code === 'not_found')) return error.code;
    throw error;
  }
}

async function tokenOf(owner: Actor, { prepare }: Partial<Operation> = {}): Promise<Subject> {
  const { id, name } = await createToken(owner, { name: 'ci', description: '', expiration: { kind: 'never' } });
  const event = await db().auditEvent.findFirstOrThrow({ where: { tokenId: id }, select: { id: true } });
  const subject = { ownerId: owner.userId, tokenId: id, name, eventId: event.id, streamId: randomUUID() };
  await prepare?.(subject);
  return subject;
}

const snapshot = (subject: Subject) =>
  Promise.all([
    db().token.findUnique({ where: { id: subject.tokenId }, include: { secrets: true } }),
    db().auditEvent.count({ where: { tokenId: subject.tokenId } }),
    db().alert.findUnique({ where: { id: subject.streamId } }),
    db().auditExport.findUnique({ where: { id: subject.tokenId } }),
    db().sink.findUnique({
      where: { id: subject.streamId },
      select: { name: true, enabled: true, secret: true, deadLetters: { select: { id: true } } },
    }),
  ]);

describe.each(['member', 'auditor', 'admin'] as const)('as %s', (role) => {
  test.each(operations)('$name', async (operation) => {
    const actor = await createActor(role);

    const other = await tokenOf(await createActor(), operation);
    const before = await snapshot(other);
    const given = await answer(operation, actor, other);
    expect(given, 'of somebody else').toBe(operation.other[role]);
    if (given !== 'yes') expect(await snapshot(other), 'a refusal changes nothing').toEqual(before);

    const expectedOwn = operation.own ?? all('yes');
    expect(await answer(operation, actor, await tokenOf(actor, operation)), 'of one’s own').toBe(expectedOwn[role]);

    const expectedMissing = operation.missing ?? all('not_found');
    expect(await answer(operation, actor, MISSING), 'of nobody').toBe(expectedMissing[role]);
  });
});

test('what a member may not see and what does not exist answer alike, in every operation', async () => {
  const [member, other] = [await createActor(), await tokenOf(await createActor())];
  for (const { run, other: answers } of operations) {
    if (answers.member === 'yes') continue;
    const refusalOf = (subject: Subject) => run(member, subject).catch((error: AppError) => ({ code: error.code, detail: error.detail }));
    expect(await refusalOf(other)).toEqual(await refusalOf(MISSING));
  }
});
