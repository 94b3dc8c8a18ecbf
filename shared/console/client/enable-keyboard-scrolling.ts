/** Removes regions from the tab order while their content needs no scrolling. */
export function enableKeyboardScrolling(): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const region = target.closest(".scroll");
      if (region === null) continue;
      const scrolls = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
      region.setAttribute("tabindex", scrolls ? "0" : "-1");
    }
  });
  document.querySelectorAll(".scroll, .scroll > *").forEach((element) => observer.observe(element));
}
