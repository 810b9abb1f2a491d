// Loads what exercises are answered with, once the first of them comes near.
{
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    watcher.disconnect();
    const root = new URL(document.documentElement.dataset.content_root, location);
    const page = location.pathname.slice(root.pathname.length).replace(/\.html$/, "");
    for (const name of ["check", "forms", `pages/${page}`]) {
      const script = document.createElement("script");
      script.src = `${root.href}_static/answers/${name}.js`;
      script.async = false; // in this order
      document.head.append(script);
    }
  }, { rootMargin: "1000px" });
  for (const exercise of document.querySelectorAll(".exercise")) watcher.observe(exercise);
}
