// Loads the script of an element, a live figure say, when it comes near, once for all of its kind;
// before that of a figure, what figures share.
{
  const loaded = new Set();
  const load = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const script = document.createElement("script");
    script.src = `${document.documentElement.dataset.content_root}_static/live/${name}.js`;
    script.async = false; // in this order
    document.head.append(script);
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      if (target.matches(".live")) load("base");
      load(target.localName);
    }
  }, { rootMargin: "400px" });
  const elements = ".live, quiz-question, page-read, reader-progress";
  for (const element of document.querySelectorAll(elements)) watcher.observe(element);
}
