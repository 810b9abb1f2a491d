// What pages need of Bootstrap's script and of clipboard.js, and what few of them need at all.

(() => {
  // sphinx-copybutton knows the clipboard by this name. Browsers have one of their own by now.
  globalThis.ClipboardJS = class {
    constructor(buttons, { text }) {
      document.addEventListener("click", ({ target }) => {
        const trigger = target.closest(buttons);
        if (trigger) navigator.clipboard.writeText(text(trigger)).then(
          () => this.success({ trigger }), () => this.error({ trigger }));
      });
    }

    on(outcome, tell) {
      this[outcome] = tell;
    }
  };

  // Menus: a button, and the list that follows it.
  const setMenu = (button, open) => {
    button.setAttribute("aria-expanded", open);
    button.nextElementSibling.classList.toggle("show", open);
  };
  const openMenus = () =>
    document.querySelectorAll('[data-bs-toggle="dropdown"][aria-expanded="true"]');
  document.addEventListener("click", ({ target }) => {
    const button = target.closest('[data-bs-toggle="dropdown"]');
    for (const other of openMenus()) if (other !== button) setMenu(other, false);
    if (button) setMenu(button, button.getAttribute("aria-expanded") !== "true");
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const button of openMenus()) {
      setMenu(button, false);
      button.focus();
    }
  });

  // The button back to the top shows while one scrolls up.
  const top = document.getElementById("pst-back-to-top");
  if (top) {
    let last = scrollY;
    addEventListener("scroll", () => {
      top.style.display = scrollY < last && scrollY > 100 ? "block" : "none";
      last = scrollY;
    }, { passive: true });
    top.addEventListener("click", () => scrollTo(0, 0));
  }

  // Coming from the search, a page highlights what was searched for.
  const searched = localStorage.getItem("sphinx_highlight_terms")
    || new URLSearchParams(location.search).has("highlight");
  if (document.getElementById("search-results")) {
    document.querySelector(".bd-search-container input").focus();
  } else if (searched) {
    for (const name of ["doctools", "sphinx_highlight"]) {
      const script = document.createElement("script");
      script.src = `${document.documentElement.dataset.content_root}_static/${name}.js`;
      script.async = false; // in this order
      document.head.append(script);
    }
    // Its link back is a script in an address, which the page's policy does not allow.
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".highlight-link")) return;
      event.preventDefault();
      SphinxHighlight.hideSearchWords();
    });
  }

  // The sections that page.css leaves for later are laid out while nothing else is to do, a few
  // hundred elements at a time, so that a page soon is as any other: assistive technology,
  // checkers and pictures of it find each box in its place and size. Whoever acts before that, or
  // comes to a place in the page, gets the rest at once.
  const waiting = [...document.querySelectorAll(".bd-article > section > section")].reverse();
  const whenIdle = globalThis.requestIdleCallback || ((work) => setTimeout(work, 50));
  const size = (box) => box.getElementsByTagName("*").length;
  const layOutSome = () => {
    let laidOut = 0;
    while (waiting.length && laidOut < 300) {
      const box = waiting.pop();
      // What may be seen is laid out by now, and would move if it was taken back.
      const isFar = () => box.getBoundingClientRect().top > 3 * innerHeight;
      if (box.localName === "section" && size(box) > 600 && isFar()) {
        for (const block of [...box.children].reverse()) {
          block.style.contentVisibility = "auto";
          block.style.containIntrinsicBlockSize = "auto 150px";
          waiting.push(block);
        }
      } else {
        laidOut += size(box);
      }
      box.style.contentVisibility = "visible";
    }
    document.body.getBoundingClientRect();
    whenIdle(waiting.length ? layOutSome : loadRest);
  };
  // Whoever is on a train has the whole page before the next tunnel.
  const loadRest = () => {
    if (navigator.connection?.saveData) return;
    for (const image of document.querySelectorAll("img[loading=lazy]")) image.loading = "eager";
  };
  const layOutRest = () => {
    for (const { style } of waiting.splice(0)) style.contentVisibility = "visible";
  };
  if (location.hash) layOutRest();
  for (const action of ["keydown", "pointerdown"])
    addEventListener(action, layOutRest, { capture: true, once: true });
  addEventListener("load", () => whenIdle(layOutSome));
})();
