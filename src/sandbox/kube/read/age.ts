/** Times as kubectl shows them. Source: k8s.io/apimachinery/pkg/util/duration */

/** The time since an RFC 3339 time: `5s`, `3m20s`, `2d`. */
export function since(time: string, now: number): string {
  const seconds = Math.max(Math.floor((now - Date.parse(time)) / 1000), 0);
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  const both = (large: string, small: number, unit: string) => (small > 0 ? `${large}${small}${unit}` : large);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return both(`${minutes}m`, seconds % 60, "s");
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return both(`${hours}h`, minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (days < 8) return both(`${days}d`, hours % 24, "h");
  return days < 730 ? `${days}d` : both(`${Math.floor(days / 365)}y`, days % 365, "d");
}
