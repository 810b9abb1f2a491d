"use strict";

// What exists only while somebody reads: widths, states, the place of the focus.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.querySelector("main");

  // Code, formulas and tables that scroll sideways: reached by Tab, and announced. The theme
  // does so for some of them, once, and forgets what was folded then.
  const kind = (region) =>
    region.matches(".katex-display") ? "Formula"
    : region.matches("pre") ? (region.closest(".cell_output") ? "Output" : "Code")
    : "Table";
  const scrolls = (region) => {
    const { overflowX, overflowY } = getComputedStyle(region);
    return (/auto|scroll/.test(overflowX) && region.scrollWidth > region.clientWidth)
      || (/auto|scroll/.test(overflowY) && region.scrollHeight > region.clientHeight);
  };
  // All are measured before any is changed: each change between two would cost a layout.
  const announce = (found) => {
    const states = found.map((region) => [region, scrolls(region)]);
    for (const [region, isScrolling] of states) {
      if (isScrolling === region.hasAttribute("tabindex")) continue;
      if (isScrolling) {
        region.tabIndex = 0;
        region.setAttribute("role", "group");
        region.setAttribute("aria-label", `${kind(region)}, scrolls`);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) region.removeAttribute(name);
      }
    }
  };
  const targets = (entries) => entries.map(({ target }) => target);
  const widths = new ResizeObserver((entries) => announce(targets(entries)));
  const regions = main.querySelectorAll("pre, .katex-display, .pst-scrollable-table-container, .text_html");
  regions.forEach((region) => widths.observe(region));
  // Fonts change a formula's width, not its box's. Only what is near is measured: to measure more
  // would lay out the whole page.
  const near = new Set();
  const sight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) near[isIntersecting ? "add" : "delete"](target);
    announce(targets(entries.filter(({ isIntersecting }) => isIntersecting)));
  }, { rootMargin: "50%" });
  regions.forEach((region) => sight.observe(region));
  document.fonts.addEventListener("loadingdone", () => announce([...near]));

  // The switch says which colors are on, not only that they can be changed.
  const colors = { auto: "as the system", light: "light", dark: "dark" };
  const nameSwitches = () => {
    for (const button of document.querySelectorAll(".theme-switch-button"))
      button.setAttribute("aria-label", `Color mode: ${colors[document.documentElement.dataset.mode]}`);
  };
  new MutationObserver(nameSwitches).observe(document.documentElement, { attributeFilter: ["data-mode"] });
  nameSwitches();

  // The buttons of the sidebars say whether these are open.
  for (const side of ["primary", "secondary"]) {
    const button = document.querySelector(`.${side}-toggle`);
    const sidebar = document.querySelector(`#pst-${side}-sidebar`);
    const dialog = document.querySelector(`#pst-${side}-sidebar-modal`);
    if (!button || !sidebar || !dialog) continue;
    // On narrow screens, what is outside its dialog waits beside the window.
    const isBeside = () => sidebar.checkVisibility() && getComputedStyle(sidebar).position !== "fixed";
    const isOpen = () => dialog.open || isBeside();
    const update = () => button.setAttribute("aria-expanded", isOpen());
    new MutationObserver(update).observe(sidebar, { attributeFilter: ["class"] });
    dialog.addEventListener("close", update);
    addEventListener("resize", update);
    update();
  }

  // The outcome of a search is announced; Sphinx puts it where it is merely seen.
  const results = document.querySelector("#search-results");
  if (results) {
    const announceOutcome = () => results.querySelector(".search-summary")?.setAttribute("role", "status");
    new MutationObserver(announceOutcome).observe(results, { childList: true });
    announceOutcome();
  }

  // The theme takes the focus away from a button that was pressed, so that its tooltip goes.
  // Whoever pressed it by key stays.
  for (const button of document.querySelectorAll("main button"))
    button.blur = () => button.matches(":focus-visible") || HTMLElement.prototype.blur.call(button);
});
