// Loads the script of an element, a live figure say, when it comes near, once for all of its kind.
{
  const loaded = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      if (loaded.has(target.localName)) continue;
      loaded.add(target.localName);
      const script = document.createElement("script");
      script.src = `${document.documentElement.dataset.content_root}_static/live/${target.localName}.js`;
      document.head.append(script);
    }
  }, { rootMargin: "400px" });
  for (const figure of document.querySelectorAll(".live, quiz-question, page-read")) watcher.observe(figure);
}
