// Loads the script of a live figure when the figure comes near, once for all figures of its kind,
// after what they share.
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
      load("base");
      load(target.localName);
    }
  }, { rootMargin: "400px" });
  for (const figure of document.querySelectorAll(".live")) watcher.observe(figure);
}
