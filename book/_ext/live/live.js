// Loads the script of an element, a live figure say, when it comes near, once for all of its kind;
// before that of a figure, what figures share.
{
  const loaded = new Set();
  const load = (name, target) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const script = document.createElement("script");
    script.src = `${document.documentElement.dataset.content_root}_static/live/${name}.js`;
    script.async = false; // in this order
    script.addEventListener("error", () => target.classList.add("failed"));
    document.head.append(script);
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      if (target.matches(".live")) load("base", target);
      load(target.localName, target);
    }
  }, { rootMargin: "400px" });
  const elements = ".live, quiz-question, page-read, reader-progress";
  for (const element of document.querySelectorAll(elements)) watcher.observe(element);

  // What a reader clicks before the script is there is for the script to note. What is open was
  // not chosen: the browser's search opened it, say.
  document.addEventListener("click", ({ target }) => {
    const part = target.closest(":is(quiz-question summary, page-read label)");
    const element = part?.closest(":not(:defined)");
    if (element && !part.parentElement.open) element.early ??= part.parentElement;
  });
}
