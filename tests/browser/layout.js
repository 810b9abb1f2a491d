// Returns what is wrong with a page's layout: text that sticks out, is cut off or overlaps.

() => {
  const problems = [];
  const style = (element) => getComputedStyle(element);
  const name = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const ancestors = (element) => {
    const found = [];
    for (let e = element.parentElement; e && e !== document.body; e = e.parentElement) found.push(e);
    return found;
  };
  const isSeen = (element) =>
    !element.closest("svg, .math, .visually-hidden, [popover]")
    && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  if (document.documentElement.scrollWidth > innerWidth + 1)
    problems.push(`the page scrolls sideways, to ${document.documentElement.scrollWidth}`);

  for (const element of document.querySelectorAll("body *")) {
    if (!isSeen(element) || !element.textContent.trim()) continue;
    const { overflowX, overflowY, textOverflow } = style(element);
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    if (box.right > innerWidth + 1 && !ancestors(element).some((e) => style(e).overflowX !== "visible"))
      problems.push(`sticks out, to ${box.right}: ${name(element)}`);
    const hides = (overflow) => ["hidden", "clip"].includes(overflow);
    // An ellipsis says that there is more, and stands only where a heading says the same.
    if (textOverflow === "ellipsis") continue;
    if (hides(overflowX) && element.scrollWidth > element.clientWidth + 1)
      problems.push(`is cut off at the right: ${name(element)}`);
    if (hides(overflowY) && element.scrollHeight > element.clientHeight + 2)
      problems.push(`is cut off at the bottom: ${name(element)}`);
  }

  // The lines of text, as far as they are seen. What stays while the page scrolls may cover them.
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !isSeen(element)) continue;
    const around = [element, ...ancestors(element)];
    if (around.some((e) => ["fixed", "sticky"].includes(style(e).position))) continue;
    const windows = around.filter((e) => style(e).overflowX !== "visible" || style(e).overflowY !== "visible")
      .map((e) => e.getBoundingClientRect());
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const line of range.getClientRects()) {
      const seen = { element, left: line.left, right: line.right, top: line.top, bottom: line.bottom };
      for (const { left, right, top, bottom } of windows) {
        seen.left = Math.max(seen.left, left);
        seen.right = Math.min(seen.right, right);
        seen.top = Math.max(seen.top, top);
        seen.bottom = Math.min(seen.bottom, bottom);
      }
      if (seen.right > seen.left + 2 && seen.bottom > seen.top + 2) lines.push(seen);
    }
  }
  lines.sort((a, b) => a.top - b.top);
  lines.forEach((one, index) => {
    for (const other of lines.slice(index + 1)) {
      if (other.top > one.bottom) break;
      if (one.element === other.element) continue;
      const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const height = Math.min(one.bottom, other.bottom) - other.top;
      const least = Math.min(one.bottom - one.top, other.bottom - other.top);
      if (width > 3 && height > 0.4 * least)
        problems.push(`overlaps: ${name(one.element)} and ${name(other.element)}`);
    }
  });
  return problems;
}
