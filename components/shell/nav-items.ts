import { BellRing, ChartNoAxesColumn, KeyRound, type LucideIcon, ScrollText, SlidersHorizontal, Users, Waypoints } from 'lucide-react';
import type { Role } from '@/lib/permissions/permissions';

type NavItem = { key: 'tokens' | 'overview' | 'audit' | 'alerts' | 'users' | 'policy' | 'streams'; href: string; icon: LucideIcon };

const everybody: NavItem[] = [
  { key: 'tokens', href: '/tokens', icon: KeyRound },
  { key: 'overview', href: '/overview', icon: ChartNoAxesColumn },
  { key: 'audit', href: '/audit', icon: ScrollText },
  { key: 'alerts', href: '/alerts', icon: BellRing },
];

const overseers: NavItem[] = [
  { key: 'users', href: '/users', icon: Users },
  { key: 'policy', href: '/policy', icon: SlidersHorizontal },
  { key: 'streams', href: '/streams', icon: Waypoints },
];

/** The pages that a role may open. */
export function navItems(role: Role): NavItem[] {
  return role === 'member' ? everybody : [...everybody, ...overseers];
}

/** Whether `pathname` is the page at `href` or one below it. */
export function isAt(pathname: string, href: string): boolean {
  return pathname === href || pathname.startsWith(`${href}/`);
}
