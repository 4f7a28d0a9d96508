import { atWork, workdays } from '@/lib/demo/moments';
import { type DemoPerson, emailOf, people } from '@/lib/demo/people';
import type { Dice } from '@/lib/demo/random';
import { eventRow, iso, type Row } from '@/lib/demo/rows';
import { newId } from '@/lib/id';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A person of the demo with their id and moments, as tokens and events refer to them. */
export type Member = DemoPerson & { id: string; addedAt: number; disabledAt: number | undefined };

/** Everybody, with ids. */
export function makeStaff(now: Date): Member[] {
  return people.map((person) => {
    const addedAt = atWork(now, person.added);
    return { ...person, id: newId(addedAt), addedAt, disabledAt: person.disabled === undefined ? undefined : atWork(now, person.disabled) };
  });
}

/** A person's row. `passwordHash` goes to everybody who has used their one-time link. */
export function userRow(member: Member, passwordHash: string, lastSignIn: number | undefined): Row {
  const email = emailOf(member);
  return {
    id: member.id,
    email,
    email_key: email,
    name: member.name,
    role: member.role,
    password_hash: member.invited ? null : passwordHash,
    theme: 'system',
    disabled_at: member.disabledAt ? iso(member.disabledAt) : null,
    created_at: iso(member.addedAt),
    last_sign_in_at: lastSignIn ? iso(lastSignIn) : null,
  };
}

/** What an event says of the person who acts. */
export function by(member: Member): Row & { actor_type: 'user' } {
  return { actor_type: 'user', actor_id: member.id, ip: member.ip, user_agent: member.browser };
}

/** How everybody came: set up or added, then a password of their own. And who was disabled. */
export function arrivals(staff: readonly Member[]): Row[] {
  const [first] = staff as [Member];
  return staff.flatMap((member) => {
    const { id, addedAt, disabledAt, name, role } = member;
    const concerned = { subject_id: id, ...by(first) };
    const changes = { name: [null, name], email: [null, emailOf(member)], role: [null, role] };
    const added = { ...concerned, at: addedAt, event: 'user.created', changes, ...(member === first ? { actor_id: null } : {}) };
    const events = [eventRow(added)];
    if (member !== first && !member.invited)
      events.push(eventRow({ ...by(member), at: addedAt + 26 * MINUTE, event: 'user.password_changed' }));
    if (disabledAt) {
      const disabled = { at: disabledAt, event: 'user.disabled', changes: { disabledAt: [null, iso(disabledAt)] } };
      events.push(eventRow({ ...concerned, ...disabled }));
    }
    return events;
  });
}

/** A person's workdays: they sign in, mistype now and then, and sometimes sign out. */
export function signIns(member: Member, now: Date, roll: Dice): Row[] {
  if (member.invited) return [];
  const events: Row[] = [];
  for (const day of workdays(member.addedAt, now)) {
    if (roll.next() < 0.35) continue;
    const at = day + 7 * HOUR + roll.below(3 * HOUR);
    const end = at + 3 * HOUR + roll.below(5 * HOUR);
    if (at > (member.disabledAt ?? now.getTime())) break;
    const { actor_id, ...origin } = by(member);
    const mistyped = { ...origin, at: at - 20_000, event: 'user.sign_in_failed', subject_id: actor_id as string, reason: 'wrong_password' };
    if (roll.next() < 0.12) events.push(eventRow(mistyped));
    events.push(eventRow({ ...by(member), at, event: 'user.signed_in' }));
    if (end < now.getTime() && roll.next() < 0.3) events.push(eventRow({ ...by(member), at: end, event: 'user.signed_out' }));
  }
  return events;
}
