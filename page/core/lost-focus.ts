// Some buttons go away when they are pressed, such as "Move to …". Whoever uses the keyboard or a screen reader would lose
// their place in the page with it; so the focus moves to the heading above.

/** What had the focus last, and everything around it, the nearest first. */
let around: readonly Element[] = [];

export function keepFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    around = target instanceof Element ? withAncestors(target) : [];
  });
  new MutationObserver(() => {
    const [last, ...ancestors] = around;
    if (last === undefined || last.isConnected || document.activeElement !== document.body) return;
    const heading = ancestors
      .filter(({ isConnected }) => isConnected)
      .map(headingIn)
      .find((found) => found !== null);
    if (heading === undefined) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}

function withAncestors(element: Element): Element[] {
  const { parentElement } = element;
  return parentElement === null ? [element] : [element, ...withAncestors(parentElement)];
}

function headingIn(element: Element): HTMLElement | null {
  return element.querySelector<HTMLElement>('h1, h2, h3');
}
