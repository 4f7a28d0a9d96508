import { describe, expect, test } from 'vitest';
import { deleteView, listViews, MOST_VIEWS, renameView, saveView, updateView } from '@/lib/audit/views';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';

testDatabase();

const save = (actor: Actor, name: string, shared = false, query = 'outcome=refused&range=7d') => saveView(actor, { name, shared, query });
const namesFor = async (actor: Actor) => (await listViews(actor)).map(({ name }) => name);
const eventsOf = (actor: Actor) =>
  db().auditEvent.findMany({
    where: { actorId: actor.userId },
    orderBy: { id: 'asc' },
    select: { event: true, subjectId: true, changes: true },
  });

describe('a view', () => {
  test('of one’s own is one’s own: others neither see nor change it, and the log does not speak of it', async () => {
    const [member, admin] = [await createActor(), await createActor('admin')];
    const { id } = await save(member, 'Mine');
    expect(await listViews(member)).toEqual([
      { id, name: 'Mine', shared: false, query: 'outcome=refused&range=7d', isOwn: true, owner: member.name, mayChange: true },
    ]);
    expect(await namesFor(admin)).toEqual([]);
    for (const attempt of [
      () => renameView(admin, { id, name: 'Yours' }),
      () => updateView(admin, { id, query: '' }),
      () => deleteView(admin, { id }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    await updateView(member, { id, query: 'outcome=ok' });
    await renameView(member, { id, name: 'Still mine' });
    expect(await namesFor(member)).toEqual(['Still mine']);
    await deleteView(member, { id });
    expect(await namesFor(member)).toEqual([]);
    expect(await eventsOf(member)).toEqual([]);
  });

  test('is shared among auditors and administrators, and its making, renaming and deletion are events', async () => {
    const [member, auditor, admin] = [await createActor(), await createActor('auditor'), await createActor('admin')];
    await expect(save(member, 'Refused', true)).rejects.toMatchObject({ code: 'not_found' });
    const { id } = await save(auditor, 'Refused', true);
    const colleague = await createActor('auditor');
    expect((await listViews(colleague)).map(({ isOwn, mayChange, owner }) => [isOwn, mayChange, owner])).toEqual([
      [false, false, auditor.name],
    ]);
    expect((await listViews(admin)).map(({ mayChange }) => mayChange)).toEqual([true]);
    for (const [other, code] of [
      [colleague, 'forbidden'],
      [member, 'not_found'],
    ] as const) {
      await expect(deleteView(other, { id })).rejects.toMatchObject({ code });
      await expect(renameView(other, { id, name: 'x' })).rejects.toMatchObject({ code });
      await expect(updateView(other, { id, query: '' })).rejects.toMatchObject({ code });
    }
    await renameView(admin, { id, name: 'All refusals' });
    await deleteView(admin, { id });
    expect(await namesFor(colleague)).toEqual([]);
    expect(await eventsOf(auditor)).toEqual([
      { event: 'audit.view_saved', subjectId: null, changes: { view: [null, 'Refused'], query: [null, 'outcome=refused&range=7d'] } },
    ]);
    expect(await eventsOf(admin)).toEqual([
      { event: 'audit.view_renamed', subjectId: auditor.userId, changes: { view: ['Refused', 'All refusals'] } },
      {
        event: 'audit.view_deleted',
        subjectId: auditor.userId,
        changes: { view: ['All refusals', null], query: ['outcome=refused&range=7d', null] },
      },
    ]);
  });

  test('that is shared is not there for members: its filters name people, tokens and addresses that they may not know of', async () => {
    const [member, auditor] = [await createActor(), await createActor('auditor')];
    const { id } = await save(auditor, 'Grace at night', true, 'actor=grace%40example.org&ip=198.51.100.7');
    expect(await listViews(member)).toEqual([]);
    const missing = await deleteView(member, { id: newId(Date.now()) }).catch((error) => error);
    expect(await deleteView(member, { id }).catch((error) => error)).toEqual(missing);
    // Who was an auditor keeps their own.
    const demoted = { ...auditor, role: 'member' as const };
    expect(await namesFor(demoted)).toEqual(['Grace at night']);
    await deleteView(demoted, { id });
  });

  test('keeps what the address says of filters, zone and columns, and no place in the log', async () => {
    const actor = await createActor();
    const id = newId(Date.now());
    await save(actor, 'Kept', false, `cursor=${id}&id=${id}&token=a%26b&zone=UTC&columns=time,ip&event=token.used&event=x&other=1`);
    expect(await listViews(actor)).toMatchObject([{ query: 'event=token.used&token=a%26b&zone=UTC&columns=time%2Cip' }]);
    await save(actor, 'Everything', false, '');
    expect(await listViews(actor)).toMatchObject([{ query: '' }, {}]);
  });

  test.each(['event=nothing', 'ip=1.2.3.4%2F99', 'from=2026-02-02&to=2026-02-01', 'zone=Mars', `actor=${'%25'.repeat(3000)}&event=%FF`])(
    'with the filter "%.40s" is refused',
    async (query) => {
      const actor = await createActor();
      await expect(save(actor, 'Broken', false, query)).rejects.toMatchObject({ code: 'invalid_input' });
      expect(await listViews(actor)).toEqual([]);
    },
  );

  test('has a name that its owner has once, whatever its case, also when two save at the same time', async () => {
    const actor = await createActor();
    const tries = await Promise.allSettled([
      save(actor, 'Übersicht'),
      save(actor, 'ÜBERSICHT'),
      save(actor, 'U\u0308bersicht'.normalize('NFC')),
    ]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { id } = await save(actor, 'Other');
    await expect(renameView(actor, { id, name: 'übersicht' })).rejects.toMatchObject({ code: 'view_name_taken' });
    await save(await createActor(), 'Übersicht');
  });

  test('is one of so many at most, also when many are saved at once', async () => {
    const actor = await createActor();
    const saved = await Promise.allSettled(Array.from({ length: MOST_VIEWS + 3 }, (_, n) => save(actor, `View ${n}`)));
    expect(saved.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_VIEWS);
    await expect(save(actor, 'One more')).rejects.toMatchObject({ code: 'too_many_views' });
  }, 60_000);

  test('keeps other filters once its owner, and nobody else, updates it; of a shared one that is an event', async () => {
    const [auditor, admin] = [await createActor('auditor'), await createActor('admin')];
    const { id } = await save(auditor, 'Refused', true);
    const events = (await eventsOf(auditor)).length;
    await updateView(auditor, { id, query: `view=${id}&cursor=${id}&outcome=refused&range=7d` });
    expect(await eventsOf(auditor), 'what changes nothing is no event').toHaveLength(events);
    await updateView(auditor, { id, query: `view=${id}&outcome=refused&range=30d&columns=time` });
    expect(await listViews(auditor)).toMatchObject([
      { id, name: 'Refused', shared: true, query: 'outcome=refused&range=30d&columns=time' },
    ]);
    expect((await eventsOf(auditor)).slice(events)).toEqual([
      {
        event: 'audit.view_changed',
        subjectId: null,
        changes: { view: ['Refused', 'Refused'], query: ['outcome=refused&range=7d', 'outcome=refused&range=30d&columns=time'] },
      },
    ]);
    await expect(updateView(auditor, { id, query: 'event=nothing' })).rejects.toMatchObject({ code: 'invalid_input' });
    for (const other of [admin, await createActor('auditor'), { ...auditor, role: 'member' as const }])
      await expect(updateView(other, { id, query: '' })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await listViews(auditor)).toMatchObject([{ query: 'outcome=refused&range=30d&columns=time' }]);
    await deleteView(auditor, { id });
  });

  test('that is deleted while it is updated is gone, and who updates it hears so; the log has what happened', async () => {
    const auditor = await createActor('auditor');
    for (let n = 0; n < 10; n++) {
      const { id } = await save(auditor, `Race ${n}`, true);
      const updated = updateView(auditor, { id, query: 'outcome=ok' });
      const [update, deletion] = await Promise.allSettled([updated, deleteView(auditor, { id })]);
      expect(deletion.status).toBe('fulfilled');
      if (update.status === 'rejected') expect(update.reason).toMatchObject({ code: 'not_found' });
      const names = (await eventsOf(auditor))
        .filter(({ changes }) => JSON.stringify(changes).includes(`Race ${n}`))
        .map(({ event }) => event);
      const between = update.status === 'fulfilled' ? ['audit.view_changed'] : [];
      expect(names.toSorted()).toEqual(['audit.view_saved', ...between, 'audit.view_deleted'].toSorted());
    }
    expect(await listViews(auditor)).toEqual([]);
  });

  test('that does not exist is not found', async () => {
    const actor = await createActor('admin');
    const id = newId(Date.now());
    for (const attempt of [
      () => renameView(actor, { id, name: 'x' }),
      () => updateView(actor, { id, query: '' }),
      () => deleteView(actor, { id }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
  });
});
