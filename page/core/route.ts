// Which screen the address names, after `#`: the key in front of it never changes, and no server has to know the screens.

export const PROJECT_PARTS = ['training', 'photos', 'result', 'try'] as const;
export type ProjectPart = (typeof PROJECT_PARTS)[number];

export type Route =
  | { readonly screen: 'class' }
  | { readonly screen: 'projector' }
  | { readonly screen: 'connect' }
  | { readonly screen: 'project'; readonly id: string; readonly part: ProjectPart };

export function parseRoute(hash: string): Route {
  const [screen, id, part] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decoded);
  if (screen === 'connect' || screen === 'projector') return { screen };
  if (screen === 'project' && id)
    return { screen, id, part: PROJECT_PARTS.find((known) => known === part) ?? 'training' };
  return { screen: 'class' };
}

export function hashOf(route: Route): string {
  if (route.screen === 'class') return '#/';
  if (route.screen !== 'project') return `#/${route.screen}`;
  const part = route.part === 'training' ? '' : `/${route.part}`;
  return `#/project/${encodeURIComponent(route.id)}${part}`;
}

/** What somebody typed may be no proper escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
