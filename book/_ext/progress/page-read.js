// The box at the end of a page. A page counts as read when somebody has spent a minute on it and
// come to its end, or says so.
customElements.define("page-read", class extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    const box = this.box = this.querySelector("input");
    const name = progress.page();
    const note = () => progress.set("pages", name, box.checked ? progress.today() : undefined);
    const show = () => {
      box.checked = name in progress.all().pages;
    };
    let isUndecided = true;
    let isAtEnd = false;
    let isMinuteOver = false;
    const decide = () => {
      if (!(isUndecided && isAtEnd && isMinuteOver) || box.checked) return;
      box.checked = true;
      note();
    };
    box.addEventListener("change", () => {
      isUndecided = false;
      note();
    });
    new IntersectionObserver(([{ isIntersecting }]) => {
      isAtEnd = isIntersecting;
      decide();
    }).observe(box);
    const wait = () => {
      const rest = 60_000 - progress.seen();
      isMinuteOver = rest <= 0;
      if (isMinuteOver) decide();
      else setTimeout(wait, Math.max(rest, 1000));
    };
    wait();
    document.addEventListener("progress", show);
    if (this.early) note(); // the reader was faster than this
    else show();
  }
});
