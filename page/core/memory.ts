// What this browser keeps for the page. Some browsers forbid it: then it lasts as long as the page.

const own = new Map<string, string>();

export function remember(name: string, value: string): void {
  own.set(name, value);
  try {
    localStorage.setItem(`mai.${name}`, value);
    // from now on the browser keeps it, also what another tab writes
    own.delete(name);
  } catch {
    // private window, or storage switched off
  }
}

export function recall(name: string): string | undefined {
  try {
    return own.get(name) ?? localStorage.getItem(`mai.${name}`) ?? undefined;
  } catch {
    return own.get(name);
  }
}

export function forget(name: string): void {
  own.delete(name);
  try {
    localStorage.removeItem(`mai.${name}`);
  } catch {
    // there is nothing to forget
  }
}
