// A line of the log, for a person.

export type Line = { at: Date | undefined; level: string; text: string; details: string };

/** What the window shows elsewhere or not at all. */
const LEFT_OUT = new Set(['timestamp', 'level', 'message', 'target', 'span', 'spans']);

export function lineOf(logged: Record<string, unknown>): Line {
  const at = new Date(String(logged['timestamp'] ?? ''));
  const span = logged['span'];
  const fields = { ...(typeof span === 'object' ? span : {}), ...logged };
  const details = Object.entries(fields)
    .filter(([key]) => !LEFT_OUT.has(key) && key !== 'name')
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return {
    at: Number.isNaN(at.getTime()) ? undefined : at,
    level: String(logged['level'] ?? ''),
    text: String(logged['message'] ?? ''),
    details: details.join(' '),
  };
}
