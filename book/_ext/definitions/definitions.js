// Shows the definition of a term beside a link to it. A mouse shows it by pointing, the keyboard
// by focus, a finger by the first tap; the second one follows the link. Escape hides it.
{
  let shown = null; // the link whose definition is open
  let timer;
  let pointer; // what touched the page last

  const boxOf = (link) => document.getElementById(link.getAttribute("aria-describedby"));

  const hide = () => {
    clearTimeout(timer);
    if (shown) boxOf(shown).hidePopover();
    shown = null;
  };

  const hideSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, 250); // time to move the mouse into the box
  };

  const show = (link) => {
    clearTimeout(timer);
    if (shown === link) return;
    hide();
    const box = boxOf(link);
    box.showPopover();
    shown = link;
    const word = link.getClientRects()[0];
    const room = document.documentElement.clientWidth - box.offsetWidth - 8;
    const below = word.bottom + 6 + box.offsetHeight < innerHeight;
    box.style.left = `${scrollX + Math.max(8, Math.min(word.left, room))}px`;
    box.style.top = `${scrollY + (below ? word.bottom + 6 : word.top - 6 - box.offsetHeight)}px`;
  };

  for (const link of document.querySelectorAll('a[href*="#term-"]')) {
    const box = document.getElementById(`definition-${link.hash.slice(1)}`);
    if (!box?.showPopover) continue;
    link.setAttribute("aria-describedby", box.id);
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(link));
    link.addEventListener("pointerleave", hideSoon);
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", hide);
    link.addEventListener("click", (event) => {
      if (pointer === "mouse" || event.detail === 0 || shown === link) return;
      event.preventDefault();
      show(link);
    });
    box.onpointerenter = () => clearTimeout(timer);
    box.onpointerleave = hideSoon;
  }

  addEventListener("pointerdown", (event) => {
    pointer = event.pointerType;
    if (shown && !shown.contains(event.target) && !boxOf(shown).contains(event.target)) hide();
  });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
