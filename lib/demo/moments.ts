const DAY = 86_400_000;
const HOUR = 3_600_000;
const FRIDAY = 5;

/** A moment at work, `ago` days before `now`: the fraction says when between 8 and 17 h (UTC); weekends count as their Friday. */
export function atWork(now: Date, ago: number): number {
  const day = Math.floor(now.getTime() / DAY) * DAY - Math.floor(ago) * DAY;
  const weekday = new Date(day).getUTCDay();
  const past = weekday === 6 ? 1 : weekday === 0 ? 2 : 0;
  return day - past * DAY + 8 * HOUR + Math.floor((ago % 1) * 9 * HOUR);
}

/** The workdays (their midnights, UTC) from `from` up to `now`. */
export function workdays(from: number, now: Date): number[] {
  const days: number[] = [];
  for (let day = Math.ceil(from / DAY) * DAY; day < now.getTime(); day += DAY) {
    const weekday = new Date(day).getUTCDay();
    if (weekday >= 1 && weekday <= FRIDAY) days.push(day);
  }
  return days;
}
